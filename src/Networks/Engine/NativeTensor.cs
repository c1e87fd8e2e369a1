namespace MLNet.Pretrain.Networks.Engine;

/// <summary>A tensor of libtorch that no TorchSharp object stands for: what a forward pass makes and frees many times a millisecond.</summary>
/// <param name="abi">Who frees it.</param>
/// <param name="handle">The tensor.</param>
/// <param name="data">Its first value, contiguous, where anybody reads it.</param>
internal readonly unsafe struct NativeTensor(TorchAbi abi, IntPtr handle, void* data = null) : IDisposable
{
    public IntPtr Handle => handle;

    public void* Data => data;

    public void Dispose()
    {
        if (handle != 0) abi.Free(handle);
    }
}
