using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNet.Pretrain.Text;

/// <summary>A float matrix outside the managed heap whose rows begin at cache lines and are padded with zeros to whole vectors.</summary>
internal sealed unsafe class NativeMatrix : IDisposable
{
    private float* _data;

    public NativeMatrix(long rows, int columns)
    {
        (Rows, Columns, Stride) = (rows, columns, StrideOf(columns));
        nuint bytes = checked((nuint)(rows * Stride * sizeof(float)));
        _data = (float*)NativeMemory.AlignedAlloc(bytes, 64);
        NativeMemory.Clear(_data, bytes);
        GC.AddMemoryPressure((long)bytes);
    }

    ~NativeMatrix() => Free();

    public long Rows { get; }

    public int Columns { get; }

    /// <summary>Floats from row to row.</summary>
    public int Stride { get; }

    public float* this[long row] => _data + row * Stride;

    public Span<float> Row(long row) => new(this[row], Columns);

    public static int StrideOf(int columns) => (columns + Vector512<float>.Count - 1) / Vector512<float>.Count * Vector512<float>.Count;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_data is null) return;
        NativeMemory.AlignedFree(_data);
        GC.RemoveMemoryPressure(Rows * Stride * sizeof(float));
        _data = null;
    }
}
