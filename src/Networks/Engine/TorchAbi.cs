using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>
/// What the packed engines call of libtorch beyond TorchSharp: oneDNN's products over weights packed once, through the C interface that libtorch keeps
/// stable (<c>aoti_torch_*</c>). A TorchSharp tensor's handle is the tensor that it takes.
/// </summary>
internal sealed unsafe class TorchAbi
{
    private static readonly Lazy<(TorchAbi? Abi, string? Missing)> s_probed = new(Probe);

    private readonly delegate* unmanaged<IntPtr, IntPtr*, int> _newHandle;
    private readonly delegate* unmanaged<IntPtr, int> _delete;
    private readonly delegate* unmanaged<IntPtr, void**, int> _data;
    private readonly delegate* unmanaged<void*, long, long*, long*, long, int, int, int, IntPtr*, int> _fromBlob;
    private readonly delegate* unmanaged<byte*, byte*, ulong*, int> _dispatch;
    private readonly delegate* unmanaged<IntPtr, IntPtr, IntPtr*, byte*, double**, long, byte**, IntPtr*, int> _linear;
    private readonly delegate* unmanaged<IntPtr, IntPtr, IntPtr, IntPtr*, byte*, IntPtr*, int> _linearAdd;
    private readonly delegate* unmanaged<IntPtr, IntPtr, IntPtr, IntPtr, IntPtr, IntPtr, IntPtr*, double, long, int*, byte*, double**, long, byte*, IntPtr*, int> _quantized;

    private long _alive;

    private TorchAbi(Func<string, IntPtr> export)
    {
        _newHandle = (delegate* unmanaged<IntPtr, IntPtr*, int>)export("aoti_torch_new_tensor_handle");
        _delete = (delegate* unmanaged<IntPtr, int>)export("aoti_torch_delete_tensor_object");
        _data = (delegate* unmanaged<IntPtr, void**, int>)export("aoti_torch_get_data_ptr");
        _fromBlob = (delegate* unmanaged<void*, long, long*, long*, long, int, int, int, IntPtr*, int>)export("aoti_torch_create_tensor_from_blob");
        _dispatch = (delegate* unmanaged<byte*, byte*, ulong*, int>)export("aoti_torch_call_dispatcher");
        _linear = (delegate* unmanaged<IntPtr, IntPtr, IntPtr*, byte*, double**, long, byte**, IntPtr*, int>)export("aoti_torch_cpu__linear_pointwise");
        _linearAdd = (delegate* unmanaged<IntPtr, IntPtr, IntPtr, IntPtr*, byte*, IntPtr*, int>)export("aoti_torch_cpu__linear_pointwise_binary");
        _quantized = (delegate* unmanaged<IntPtr, IntPtr, IntPtr, IntPtr, IntPtr, IntPtr, IntPtr*, double, long, int*, byte*, double**, long, byte*, IntPtr*, int>)
            export("aoti_torch_cpu__qlinear_pointwise_tensor");
    }

    /// <summary>Tensors that calls made and nobody has freed yet: TorchSharp does not count them.</summary>
    public long Alive => Interlocked.Read(ref _alive);

    /// <summary>The calls, looked up once; null where libtorch lacks one of them.</summary>
    public static TorchAbi? Instance => s_probed.Value.Abi;

    /// <summary>What was missing; null where nothing is.</summary>
    public static string? Missing => s_probed.Value.Missing;

    /// <summary>A matrix in the order in which oneDNN reads it best.</summary>
    /// <param name="weight">[out, in] float32 or bfloat16.</param>
    public Tensor Pack(Tensor weight) => Dispatch("mkldnn::_reorder_linear_weight\0"u8, weight);

    /// <summary>The same for 8 bits.</summary>
    /// <param name="weight">[out, in] int8.</param>
    public Tensor PackQuantized(Tensor weight) => Dispatch("onednn::qlinear_prepack\0"u8, weight);

    /// <summary>activation(x weight' + bias), [M, out], of x's type.</summary>
    /// <param name="x">[M, in]</param>
    /// <param name="packed">What <see cref="Pack"/> gave.</param>
    /// <param name="bias">[out]</param>
    /// <param name="activation">oneDNN's name and algorithm, each ended by a 0.</param>
    /// <param name="algorithm">See <paramref name="activation"/>.</param>
    public NativeTensor Linear(NativeTensor x, Tensor packed, Tensor bias, ReadOnlySpan<byte> activation, ReadOnlySpan<byte> algorithm)
    {
        (IntPtr addend, IntPtr result) = (bias.Handle, 0);
        byte* algorithmAt = Text(algorithm);
        Check(_linear(x.Handle, packed.Handle, &addend, Text(activation), null, 0, &algorithmAt, &result), "_linear_pointwise");
        return Wrap(result);
    }

    /// <summary>x weight' + bias + other, [M, out].</summary>
    public NativeTensor LinearAdd(NativeTensor x, NativeTensor other, Tensor packed, Tensor bias)
    {
        (IntPtr addend, IntPtr result) = (bias.Handle, 0);
        Check(_linearAdd(x.Handle, other.Handle, packed.Handle, &addend, Text("add\0"u8), &result), "_linear_pointwise.binary");
        return Wrap(result);
    }

    /// <summary>The product of whole numbers, each column times its scale: [M, out] float32.</summary>
    /// <param name="x">[M, in] uint8.</param>
    /// <param name="one">[1] float32, 1: rows are scaled by whoever reads the result.</param>
    /// <param name="zero">[1] int32, 0.</param>
    /// <param name="packed">What <see cref="PackQuantized"/> gave.</param>
    /// <param name="scales">[out] float32.</param>
    /// <param name="zeros">[out] int32, all 0.</param>
    public NativeTensor QuantizedLinear(NativeTensor x, Tensor one, Tensor zero, Tensor packed, Tensor scales, Tensor zeros)
    {
        (IntPtr result, int type) = (0, (int)ScalarType.Float32);
        Check(_quantized(x.Handle, one.Handle, zero.Handle, packed.Handle, scales.Handle, zeros.Handle, null, 1, 0, &type, Text("none\0"u8), null, 0, Text("\0"u8), &result), "qlinear_pointwise");
        return Wrap(result);
    }

    /// <summary>A matrix in memory that somebody else owns and keeps until the tensor is gone.</summary>
    /// <param name="data">[rows, columns], one row behind the other.</param>
    /// <param name="rows">Its rows.</param>
    /// <param name="columns">Its columns.</param>
    /// <param name="type">Its number format.</param>
    public NativeTensor Over(void* data, long rows, long columns, ScalarType type)
    {
        long* sizes = stackalloc long[] { rows, columns }, strides = stackalloc long[] { columns, 1 };
        IntPtr handle = 0;
        Check(_fromBlob(data, 2, sizes, strides, 0, (int)type, 0, 0, &handle), "create_tensor_from_blob");
        Interlocked.Increment(ref _alive);
        return new NativeTensor(this, handle, data);
    }

    /// <summary>A call's result as a TorchSharp tensor, which then owns it.</summary>
    public Tensor Adopt(NativeTensor tensor)
    {
        Interlocked.Decrement(ref _alive);
        return Tensor.UnsafeCreateTensor(tensor.Handle);
    }

    /// <summary>Frees a tensor that a call made.</summary>
    public void Free(IntPtr handle)
    {
        _delete(handle);
        Interlocked.Decrement(ref _alive);
    }

    /// <summary>A tensor's first value. The tensor is contiguous and on the CPU.</summary>
    public void* Data(Tensor tensor)
    {
        void* data = null;
        Check(_data(tensor.Handle, &data), "get_data_ptr");
        return data;
    }

    private static (TorchAbi?, string?) Probe()
    {
        if (!NativeLibrary.TryLoad("torch_cpu", typeof(Tensor).Assembly, null, out IntPtr library) && !NativeLibrary.TryLoad("libtorch_cpu.so", out library)) return (null, "libtorch_cpu was not found by name");
        var missing = new List<string>();
        var abi = new TorchAbi(name =>
        {
            if (NativeLibrary.TryGetExport(library, name, out IntPtr address)) return address;
            missing.Add(name);
            return 0;
        });
        return missing.Count == 0 ? (abi, null) : (null, $"libtorch has no {string.Join(", ", missing)}");
    }

    private Tensor Dispatch(ReadOnlySpan<byte> operation, Tensor weight)
    {
        // The callee takes the handle over; the second argument, a hint at the batch's size, is none.
        ulong* stack = stackalloc ulong[2];
        IntPtr copy = 0;
        Check(_newHandle(weight.Handle, &copy), "new_tensor_handle");
        (stack[0], stack[1]) = ((ulong)copy, 0);
        Check(_dispatch(Text(operation), Text("\0"u8), stack), System.Text.Encoding.ASCII.GetString(operation[..^1]));
        return Tensor.UnsafeCreateTensor((IntPtr)stack[0]);
    }

    private NativeTensor Wrap(IntPtr handle)
    {
        void* data = null;
        Check(_data(handle, &data), "get_data_ptr");
        Interlocked.Increment(ref _alive);
        return new NativeTensor(this, handle, data);
    }

    // Literals only: they never move.
    private static byte* Text(ReadOnlySpan<byte> literal) => (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(literal));

    private static void Check(int error, string call)
    {
        if (error != 0) throw new InvalidOperationException($"libtorch's {call} failed with code {error}; the reason stands on the standard error output. Set the switch {EngineSwitch.Name} to score without the packed engine.");
    }
}
