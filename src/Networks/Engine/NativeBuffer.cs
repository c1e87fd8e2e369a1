using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>Memory outside the collector's that grows and is used again, aligned for whole vectors. Belongs to one thread at a time.</summary>
internal sealed unsafe class NativeBuffer : IDisposable
{
    private const nuint Alignment = 64;

    private void* _data;
    private nuint _bytes;

    ~NativeBuffer() => Free();

    /// <summary>Room for so many values; what was there before may be lost.</summary>
    public T* Take<T>(long count) where T : unmanaged
    {
        nuint wanted = (nuint)(count * sizeof(T));
        if (wanted <= _bytes) return (T*)_data;
        Free();
        // A quarter more, so that lengths which creep up do not ask each time.
        nuint bytes = (wanted + wanted / 4 + Alignment - 1) / Alignment * Alignment;
        _data = NativeMemory.AlignedAlloc(bytes, Alignment);
        // What is read beyond the values that were written changes no result, but such as are hardly above 0 cost time.
        NativeMemory.Clear(_data, bytes);
        _bytes = bytes;
        return (T*)_data;
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(_data);
        _data = null;
        _bytes = 0;
    }
}
