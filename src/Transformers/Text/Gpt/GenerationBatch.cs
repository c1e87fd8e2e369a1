using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Continues texts together, a token each at a time. Owns the key/value cache: dispose it.</summary>
/// <param name="network">The decoder.</param>
/// <param name="runner">Runs it.</param>
/// <param name="rows">The texts. Each result is that of the text alone.</param>
/// <param name="maxNewTokens">The most tokens for each.</param>
/// <param name="vocabularySize">Tokens that may come; the network may have rows for more.</param>
internal sealed class GenerationBatch(GptDecoder network, TextNetworkRunner runner, IReadOnlyList<GenerationRow> rows, int maxNewTokens, int vocabularySize) : IDisposable
{
    private List<GenerationRow> _active = [.. rows];
    private KeyValueCache? _cache;
    private float[] _logits = [];
    private int _made;

    /// <summary>Makes one token of each text that has not ended; false where there was none to make.</summary>
    public bool Step()
    {
        if (_made == maxNewTokens || _active.All(row => row.Ended)) return false;
        runner.Run(Score);
        for (int i = 0; i < _active.Count; i++) _active[i].Advance(_logits.AsSpan(i * vocabularySize, vocabularySize));
        _made++;
        return true;
    }

    public void Dispose() => _cache?.Dispose();

    private void Score(Device device)
    {
        DropEnded();
        Tensor input = _cache is null || _cache.Length == _cache.Capacity ? Begin(device) : Ids(1, device);
        Tensor logits = network.Next(input, _cache!).narrow(1, 0, vocabularySize).to(float32).to(CPU).contiguous();
        if (_logits.Length < logits.numel()) _logits = new float[logits.numel()];
        MemoryMarshal.Cast<byte, float>(logits.bytes).CopyTo(_logits);
    }

    private void DropEnded()
    {
        if (!_active.Any(row => row.Ended)) return;
        int[] kept = [.. Enumerable.Range(0, _active.Count).Where(i => !_active[i].Ended)];
        _cache?.Keep(kept);
        _active = [.. kept.Select(i => _active[i])];
    }

    // A cache of the whole contexts, which are then read at once.
    private Tensor Begin(Device device)
    {
        _cache?.Dispose();
        _cache = null;
        int positions = network.Config.MaxPositions;
        foreach (GenerationRow row in _active) row.Slide(positions);
        int longest = _active.Max(row => row.Context.Count);
        int capacity = Math.Min(positions, longest + maxNewTokens - _made);
        _cache = new KeyValueCache(network.Config, [.. _active.Select(row => longest - row.Context.Count)], capacity, network.parameters().First().dtype, device);
        return Ids(longest, device);
    }

    // The last tokens of each context, [B, length], after fillers.
    private Tensor Ids(int length, Device device)
    {
        long[] ids = new long[_active.Count * length];
        for (int row = 0; row < _active.Count; row++)
        {
            ReadOnlySpan<int> context = CollectionsMarshal.AsSpan(_active[row].Context);
            if (context.Length > length) context = context[^length..];
            for (int i = 0; i < context.Length; i++) ids[(row + 1) * length - context.Length + i] = context[i];
        }
        return tensor(ids, device: device).view(_active.Count, length);
    }
}
