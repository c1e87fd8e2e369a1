using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Keys and values of the positions that a <see cref="GptDecoder"/> has read, so that each new token costs one position and not the whole text.
/// Rows of different lengths are filled up at their start. Its tensors belong to no dispose scope: dispose it.
/// </summary>
public sealed class KeyValueCache : IDisposable
{
    private readonly Layer[] _layers;
    private Tensor? _padding;

    /// <summary>Makes an empty cache.</summary>
    /// <param name="config">The decoder's shape.</param>
    /// <param name="padding">Fillers at the start of each row, one number a row.</param>
    /// <param name="capacity">The most positions, fillers included; at most the decoder's.</param>
    /// <param name="type">The decoder's number format.</param>
    /// <param name="device">The decoder's device.</param>
    public KeyValueCache(GptConfig config, IReadOnlyList<int> padding, int capacity, ScalarType type, Device device)
    {
        ArgumentNullException.ThrowIfNull(config);
        ArgumentNullException.ThrowIfNull(padding);
        if (padding.Count == 0) throw new ArgumentException("padding has no rows; expected one number a row.", nameof(padding));
        if (capacity < 1 || capacity > config.MaxPositions)
            throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"The decoder has {config.MaxPositions} positions; expected 1 to that.");
        Capacity = capacity;
        long[] shape = [padding.Count, config.HeadCount, capacity, config.HiddenSize / config.HeadCount];
        using DisposeScope scope = NewDisposeScope();
        _layers = [.. Enumerable.Range(0, config.LayerCount).Select(_ => new Layer(this, empty(shape, type, device), empty(shape, type, device)))];
        if (padding.Any(p => p > 0)) _padding = tensor(padding.Select(p => (long)p).ToArray(), device: device).unsqueeze(1).DetachFromDisposeScope();
    }

    /// <summary>The most positions.</summary>
    public int Capacity { get; }

    /// <summary>Positions read so far, fillers included.</summary>
    public int Length { get; private set; }

    internal Tensor? Padding => _padding;

    internal Layer this[int index] => _layers[index];

    /// <summary>Keeps some rows and forgets the others.</summary>
    /// <param name="rows">Their numbers, in their new order.</param>
    public void Keep(IReadOnlyList<int> rows)
    {
        ArgumentNullException.ThrowIfNull(rows);
        using DisposeScope scope = NewDisposeScope();
        Tensor index = tensor(rows.Select(row => (long)row).ToArray(), device: _layers[0].Device);
        foreach (Layer layer in _layers) layer.Keep(index);
        if (_padding is null) return;
        Tensor kept = _padding.index_select(0, index).DetachFromDisposeScope();
        _padding.Dispose();
        _padding = kept;
    }

    /// <summary>Frees the tensors.</summary>
    public void Dispose()
    {
        foreach (Layer layer in _layers) layer.Dispose();
        _padding?.Dispose();
    }

    internal void Advance(int positions) => Length += positions;

    /// <summary>Keys and values of one block, [B, A, capacity, H/A].</summary>
    internal sealed class Layer(KeyValueCache owner, Tensor keys, Tensor values) : IDisposable
    {
        private Tensor _keys = keys.DetachFromDisposeScope(), _values = values.DetachFromDisposeScope();

        public Device Device => _keys.device;

        /// <summary>Writes new positions, [B, A, T, H/A], and returns all so far.</summary>
        public (Tensor Keys, Tensor Values) Append(Tensor keys, Tensor values)
        {
            (long past, long length) = (owner.Length, keys.shape[2]);
            _keys.narrow(2, past, length).copy_(keys);
            _values.narrow(2, past, length).copy_(values);
            return (_keys.narrow(2, 0, past + length), _values.narrow(2, 0, past + length));
        }

        public void Keep(Tensor rows)
        {
            (Tensor keys, Tensor values) = (_keys.index_select(0, rows).DetachFromDisposeScope(), _values.index_select(0, rows).DetachFromDisposeScope());
            Dispose();
            (_keys, _values) = (keys, values);
        }

        public void Dispose()
        {
            _keys.Dispose();
            _values.Dispose();
        }
    }
}
