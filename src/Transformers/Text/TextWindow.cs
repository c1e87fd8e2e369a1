using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The token ids of a window of rows, back to back, and their division into batches of about equal length under a token budget.
/// Padding outweighs every other cost of scoring: rows are sorted by length, and a batch ends where the length changes once it is large enough.
/// </summary>
internal sealed class TextWindow(ISequenceEncoder tokenizer, int maxLength, TruncationStrategy truncation, int tokensPerBatch, int capacity)
{
    private const int LeastTokensOfCore = 64, MostTokensOfCore = 512;

    private readonly EncodedText _encoded = new();
    private readonly int[] _starts = new int[capacity + 1];
    private readonly int[] _order = new int[capacity];
    private readonly int[] _keys = new int[capacity];
    private int[] _ids = new int[1024];
    private byte[] _types = new byte[1024];

    /// <summary>Tokens of the row in a slot.</summary>
    public int LengthOf(int slot) => _starts[slot + 1] - _starts[slot];

    /// <summary>Tokenizes a row into the next slot.</summary>
    public void Read(int slot, ReadOnlySpan<char> text)
    {
        tokenizer.Encode(text, maxLength, truncation, _encoded);
        Append(slot, _encoded.Ids, _encoded.TypeIds);
    }

    /// <summary>Tokenizes a pair into the next slot.</summary>
    public void Read(int slot, ReadOnlySpan<char> text, ReadOnlySpan<char> pair)
    {
        tokenizer.EncodePair(text, pair, maxLength, truncation, _encoded);
        Append(slot, _encoded.Ids, _encoded.TypeIds);
    }

    /// <summary>Takes ids of one text that were made elsewhere into the next slot.</summary>
    public void Read(int slot, ReadOnlySpan<int> ids) => Append(slot, ids, []);

    /// <summary>Takes ids of two texts that were made elsewhere into the next slot.</summary>
    /// <param name="slot">Which.</param>
    /// <param name="ids">Of both.</param>
    /// <param name="second">Where the second one begins.</param>
    public void Read(int slot, ReadOnlySpan<int> ids, int second)
    {
        Append(slot, ids, []);
        if (tokenizer.HasTokenTypes) _types.AsSpan(_starts[slot] + second, ids.Length - second).Fill(1);
    }

    /// <summary>
    /// Runs <paramref name="forward"/> over slots 0 to <paramref name="count"/> - 1, each in exactly one batch; on a processor several batches at once, so that it may be
    /// called from several threads.
    /// </summary>
    public void ForEachBatch(int count, TextNetworkRunner runner, Forward forward)
    {
        List<Range> batches = Divide(count, runner.Cores);
        runner.RunEach(batches.Count, (batch, device) => Run(_order.AsSpan(batches[batch]), LengthOf(_order[batches[batch].Start]), device, forward));
    }

    /// <summary>The same, one batch after the other.</summary>
    public void ForEachBatch(int count, Device device, Forward forward)
    {
        foreach (Range batch in Divide(count, 1)) Run(_order.AsSpan(batch), LengthOf(_order[batch.Start]), device, forward);
    }

    private List<Range> Divide(int count, int cores)
    {
        for (int slot = 0; slot < count; slot++) (_order[slot], _keys[slot]) = (slot, -LengthOf(slot));
        Array.Sort(_keys, _order, 0, count);   // longest first: the largest buffers are allocated once, and cores end together
        // Few tokens are divided among the cores; many make batches that leave a core's second cache to the weights.
        int most = cores == 1 ? tokensPerBatch : Math.Clamp(TokensOf(count) / cores, Math.Min(LeastTokensOfCore, tokensPerBatch), Math.Min(MostTokensOfCore, tokensPerBatch));
        var batches = new List<Range>();
        for (int first = 0; first < count;)
        {
            int length = LengthOf(_order[first]);
            int end = first + 1;
            while (end < count && Fits(end)) end++;
            batches.Add(first..end);
            first = end;

            bool Fits(int next)
            {
                int tokens = (next - first + 1) * length;
                if (tokens > most) return false;
                bool large = tokens > most / 2;
                return !large || LengthOf(_order[next]) == LengthOf(_order[next - 1]);
            }
        }
        return batches;
    }

    private int TokensOf(int count) => count == 0 ? 0 : _starts[count];

    // Types that are not given are 0.
    private void Append(int slot, ReadOnlySpan<int> ids, ReadOnlySpan<byte> types)
    {
        int start = slot == 0 ? 0 : _starts[slot];
        int end = start + ids.Length;
        if (end > _ids.Length)
        {
            Array.Resize(ref _ids, Math.Max(end, _ids.Length * 2));
            Array.Resize(ref _types, _ids.Length);
        }
        ids.CopyTo(_ids.AsSpan(start));
        if (types.IsEmpty) _types.AsSpan(start, ids.Length).Clear();
        else types.CopyTo(_types.AsSpan(start));
        _starts[slot] = start;
        _starts[slot + 1] = end;
    }

    private void Run(ReadOnlySpan<int> slots, int length, Device device, Forward forward)
    {
        using var scope = NewDisposeScope();
        long rows = slots.Length;
        bool padded = LengthOf(slots[^1]) < length;
        bool typed = false;
        Tensor ids = HeldScalars.Full([rows, length], tokenizer.PadTokenId, int64, CPU);
        Span<long> idSpan = AsSpan<long>(ids);
        for (int row = 0; row < slots.Length; row++)
        {
            (int start, int tokens) = (_starts[slots[row]], LengthOf(slots[row]));
            Span<long> target = idSpan.Slice(row * length, tokens);
            for (int i = 0; i < tokens; i++) target[i] = _ids[start + i];
            typed |= _types.AsSpan(start, tokens).ContainsAnyExcept((byte)0);
        }
        forward(slots, ids.to(device), padded ? Mask(slots, length).to(device) : null, typed ? Types(slots, length).to(device) : null);
    }

    private Tensor Mask(ReadOnlySpan<int> slots, int length)
    {
        Tensor mask = zeros([slots.Length, length], @bool);
        Span<bool> span = AsSpan<bool>(mask);
        for (int row = 0; row < slots.Length; row++) span.Slice(row * length, LengthOf(slots[row])).Fill(true);
        return mask;
    }

    private Tensor Types(ReadOnlySpan<int> slots, int length)
    {
        Tensor types = zeros([slots.Length, length], int64);
        Span<long> span = AsSpan<long>(types);
        for (int row = 0; row < slots.Length; row++)
        {
            (int start, int tokens) = (_starts[slots[row]], LengthOf(slots[row]));
            for (int i = 0; i < tokens; i++) span[row * length + i] = _types[start + i];
        }
        return types;
    }

    // Fresh, contiguous, on the CPU: its bytes are the array.
    private static Span<T> AsSpan<T>(Tensor tensor) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.bytes);

    /// <summary>One forward pass. Tensors are on the device and die with the call.</summary>
    /// <param name="slots">The slot of each row, [B].</param>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="attentionMask">[B, T] bool, true = real; null where nothing is padded.</param>
    /// <param name="tokenTypeIds">[B, T] int64; null where all are 0.</param>
    internal delegate void Forward(ReadOnlySpan<int> slots, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds);
}
