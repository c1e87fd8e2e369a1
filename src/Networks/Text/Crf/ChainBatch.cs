using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The emissions of a batch as numbers, of each row those at its real places, one after another.</summary>
internal sealed class ChainBatch
{
    private readonly float[] _emissions;
    private readonly int[] _places, _counts;

    /// <param name="emissions">[B, W, K]</param>
    /// <param name="mask">[B, W], 1 or true = real; null = all.</param>
    /// <param name="tagCount">K</param>
    public ChainBatch(Tensor emissions, Tensor? mask, int tagCount)
    {
        if (emissions.dim() != 3 || emissions.shape[2] != tagCount)
            throw new ArgumentException($"emissions has shape [{string.Join(", ", emissions.shape)}]; expected [rows, places, {tagCount}].", nameof(emissions));
        (Rows, Width, TagCount) = ((int)emissions.shape[0], (int)emissions.shape[1], tagCount);
        if (mask is not null) CheckShape(mask, nameof(mask));
        _emissions = Floats(emissions);
        (_places, _counts) = (new int[Rows * Width], new int[Rows]);
        bool[]? real = mask is null ? null : Values<bool>(mask, ScalarType.Bool);
        for (int row = 0; row < Rows; row++) Gather(row, real);
    }

    public int Rows { get; }

    public int Width { get; }

    public int TagCount { get; }

    /// <summary>The real places of a row, in [0, W).</summary>
    public ReadOnlySpan<int> Places(int row) => _places.AsSpan(row * Width, _counts[row]);

    /// <summary>N x K, of the row's N real places.</summary>
    public ReadOnlySpan<float> Emissions(int row) => _emissions.AsSpan(row * Width * TagCount, _counts[row] * TagCount);

    /// <summary>The tags at each row's real places; what stands at others is not looked at.</summary>
    /// <param name="tags">[B, W]</param>
    public int[][] Tags(Tensor tags)
    {
        CheckShape(tags, nameof(tags));
        long[] values = Values<long>(tags, ScalarType.Int64);
        var result = new int[Rows][];
        for (int row = 0; row < Rows; row++)
        {
            result[row] = new int[_counts[row]];
            for (int i = 0; i < _counts[row]; i++)
            {
                long tag = values[row * Width + Places(row)[i]];
                if (tag < 0 || tag >= TagCount) throw new ArgumentException($"Row {row} has tag {tag} at place {Places(row)[i]}; expected one in [0, {TagCount}), or a mask that leaves the place out.", nameof(tags));
                result[row][i] = (int)tag;
            }
        }
        return result;
    }

    public static float[] Floats(Tensor tensor) => Values<float>(tensor, ScalarType.Float32);

    private static T[] Values<T>(Tensor tensor, ScalarType type) where T : unmanaged
    {
        using DisposeScope scope = NewDisposeScope();
        return MemoryMarshal.Cast<byte, T>(tensor.detach().to(type).cpu().contiguous().bytes).ToArray();
    }

    private void CheckShape(Tensor tensor, string name)
    {
        if (!tensor.shape.AsSpan().SequenceEqual([Rows, Width])) throw new ArgumentException($"{name} has shape [{string.Join(", ", tensor.shape)}]; expected [{Rows}, {Width}], as the emissions.", name);
    }

    private void Gather(int row, bool[]? real)
    {
        Span<float> emissions = _emissions.AsSpan(row * Width * TagCount, Width * TagCount);
        ref int count = ref _counts[row];
        for (int place = 0; place < Width; place++)
        {
            if (real is not null && !real[row * Width + place]) continue;
            if (place != count) emissions.Slice(place * TagCount, TagCount).CopyTo(emissions[(count * TagCount)..]);
            _places[row * Width + count++] = place;
        }
    }
}
