using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Training;

/// <summary>A whole file mapped read-only: the system pages it in and out, so memory does not grow with its size.</summary>
internal sealed unsafe class MappedFile : IDisposable
{
    private readonly MemoryMappedFile? _map;
    private readonly MemoryMappedViewAccessor? _view;
    private readonly byte* _start;
    private readonly long _length;
    private bool _disposed;

    public MappedFile(string path)
    {
        _length = new FileInfo(path).Length;
        if (_length == 0) return;   // an empty file cannot be mapped
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _start);
        _start += _view.PointerOffset;
    }

    /// <summary>Items first to first + count - 1 of the file seen as an array of <typeparamref name="T"/>; valid until this is disposed.</summary>
    public ReadOnlySpan<T> Read<T>(long first, int count) where T : unmanaged
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (first < 0 || count < 0 || (first + count) * sizeof(T) > _length)
            throw new ArgumentOutOfRangeException(nameof(first), first, $"Items {first} to {first + count - 1} are outside the file's {_length / sizeof(T)}.");
        return MemoryMarshal.CreateReadOnlySpan(ref *(T*)(_start + first * sizeof(T)), count);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
    }
}
