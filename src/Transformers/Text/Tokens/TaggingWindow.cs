using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Rows that are tagged together: their words, the windows these make, batched by length, and what the network says. Windows of one row are decoded as one
/// sequence. Not thread safe: one a cursor.
/// </summary>
internal sealed class TaggingWindow(TokenClassificationTransformer parent, int capacity)
{
    private readonly WordRow[] _rows = new WordRow[capacity];
    private readonly EncodedWords[] _encoded = new EncodedWords[capacity];
    private readonly TaggedRow[] _tagged = new TaggedRow[capacity];
    private readonly float[][] _scores = new float[capacity][];   // of each row [words, K]
    private readonly List<(int Slot, WordWindow Window)> _windows = [];
    private readonly int _tagCount = parent.Model.Network.TagCount;
    private TagDecoder? _decoder;

    /// <summary>A slot's row, to be set before <see cref="Compute"/>.</summary>
    public WordRow Row(int slot) => _rows[slot] ??= new();

    public TaggedRow Result(int slot) => _tagged[slot];

    /// <summary>Tags slots 0 to <paramref name="count"/> - 1.</summary>
    public void Compute(int count)
    {
        _windows.Clear();
        for (int slot = 0; slot < count; slot++)
        {
            EncodedWords encoded = _encoded[slot] ??= new();
            parent.Encoder.Encode(_rows[slot], encoded);
            foreach (WordWindow window in encoded.Windows) _windows.Add((slot, window));
            _scores[slot] = new float[_rows[slot].Count * _tagCount];
        }
        var batches = new TextWindow(parent.Model.Tokenizer, parent.MaxLength, TruncationStrategy.Error, parent.Options.TokensPerBatch, _windows.Count);
        foreach ((int i, (int slot, WordWindow window)) in _windows.Index()) batches.Read(i, _encoded[slot].IdsOf(window));
        // Rows without a word make no window.
        if (_windows.Count == 0) parent.Runner.Run(_ => _decoder ??= parent.CreateDecoder());
        batches.ForEachBatch(_windows.Count, parent.Runner, Forward);
        for (int slot = 0; slot < count; slot++) Decode(slot);
    }

    private void Forward(ReadOnlySpan<int> windows, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        int width = 0;
        foreach (int i in windows) width = Math.Max(width, _windows[i].Window.WordCount);
        Tensor positions = HeldScalars.Full([windows.Length, width], -1, ScalarType.Int64, CPU);
        Span<long> places = MemoryMarshal.Cast<byte, long>(positions.bytes);
        for (int row = 0; row < windows.Length; row++)
        {
            (int slot, WordWindow window) = _windows[windows[row]];
            for (int word = 0; word < window.WordCount; word++) places[row * width + word] = _encoded[slot].FirstPieces[window.FirstWord + word] - window.FirstId;
        }
        Tensor output = parent.Model.Network.forward(inputIds, attentionMask, tokenTypeIds, positions.to(inputIds.device));
        // Reads the network where it is now; batches run side by side.
        lock (_windows) _decoder ??= parent.CreateDecoder();
        ReadOnlySpan<float> scores = MemoryMarshal.Cast<byte, float>(output.to(float32).to(CPU).contiguous().bytes);
        for (int row = 0; row < windows.Length; row++)
        {
            (int slot, WordWindow window) = _windows[windows[row]];
            scores.Slice(row * width * _tagCount, window.WordCount * _tagCount).CopyTo(_scores[slot].AsSpan(window.FirstWord * _tagCount));
        }
    }

    private void Decode(int slot)
    {
        (int[] tags, float[] probabilities) = (new int[_rows[slot].Count], new float[_rows[slot].Count]);
        _decoder!.Decode(_scores[slot], tags, probabilities);
        _tagged[slot] = TaggedRow.Of(_rows[slot], parent.TagSet, tags, probabilities);
    }
}
