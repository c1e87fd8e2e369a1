using System.Buffers.Binary;
using System.Numerics;
using System.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>
/// The part of Python's pickle that tensors need. Every other opcode, and every global but PyTorch's tensor builders and storages, is refused by name.
/// </summary>
internal sealed class RestrictedUnpickler(string path, Stream stream)
{
    private static readonly object s_mark = new();

    private static readonly Dictionary<string, ScalarType> s_storages = new()
    {
        ["FloatStorage"] = ScalarType.Float32,
        ["HalfStorage"] = ScalarType.Float16,
        ["BFloat16Storage"] = ScalarType.BFloat16,
        ["DoubleStorage"] = ScalarType.Float64,
        ["LongStorage"] = ScalarType.Int64,
        ["IntStorage"] = ScalarType.Int32,
        ["ShortStorage"] = ScalarType.Int16,
        ["CharStorage"] = ScalarType.Int8,
        ["ByteStorage"] = ScalarType.Byte,
        ["BoolStorage"] = ScalarType.Bool,
    };

    private readonly Stack<object?> _stack = new();
    private readonly Dictionary<long, object?> _memo = [];

    /// <summary>Reads one pickled object, up to its STOP.</summary>
    public object? Load()
    {
        while (true)
        {
            int opcode = Byte();
            switch ((char)opcode)
            {
                case '.': return Pop();
                case '\x80': Byte(); break;                                        // PROTO
                case '\x95': Bytes(8); break;                                      // FRAME
                case '(': _stack.Push(s_mark); break;
                case 'N': _stack.Push(null); break;
                case '\x88': _stack.Push(true); break;
                case '\x89': _stack.Push(false); break;
                case 'K': _stack.Push((long)Byte()); break;
                case 'M': _stack.Push((long)BinaryPrimitives.ReadUInt16LittleEndian(Bytes(2))); break;
                case 'J': _stack.Push((long)BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))); break;
                case '\x8a': _stack.Push(Shrink(new BigInteger(Bytes(Byte())))); break;
                case 'G': _stack.Push(BinaryPrimitives.ReadDoubleBigEndian(Bytes(8))); break;
                case 'X': _stack.Push(Encoding.UTF8.GetString(Bytes(BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))))); break;
                case '\x8c': _stack.Push(Encoding.UTF8.GetString(Bytes(Byte()))); break;
                case 'U': _stack.Push(Encoding.Latin1.GetString(Bytes(Byte()))); break;
                case 'T': _stack.Push(Encoding.Latin1.GetString(Bytes(BinaryPrimitives.ReadInt32LittleEndian(Bytes(4))))); break;
                case '}': _stack.Push(new Dictionary<object, object?>()); break;
                case ']': _stack.Push(new List<object?>()); break;
                case ')': _stack.Push(Array.Empty<object?>()); break;
                case 't': _stack.Push(PopToMark()); break;
                case '\x85': _stack.Push(Take(1)); break;
                case '\x86': _stack.Push(Take(2)); break;
                case '\x87': _stack.Push(Take(3)); break;
                case 's': SetItems(Take(2)); break;
                case 'u': SetItems(PopToMark()); break;
                case 'a': AddItems(Take(1)); break;
                case 'e': AddItems(PopToMark()); break;
                case 'q': _memo[Byte()] = Peek(); break;
                case 'r': _memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))] = Peek(); break;
                case '\x94': _memo[_memo.Count] = Peek(); break;
                case 'h': _stack.Push(_memo[Byte()]); break;
                case 'j': _stack.Push(_memo[BinaryPrimitives.ReadUInt32LittleEndian(Bytes(4))]); break;
                case 'c': _stack.Push(Global(Line(), Line())); break;
                case '\x93': PushStackGlobal(); break;
                case 'Q': _stack.Push(Storage((object?[])Pop()!)); break;
                case 'R': Reduce(); break;
                case 'b': SetState(); break;
                default: throw TorchPickleFile.Invalid(path, $"pickle opcode 0x{opcode:X2} is not one that tensors need");
            }
        }
    }

    private void PushStackGlobal()
    {
        string name = (string)Pop()!, module = (string)Pop()!;
        _stack.Push(Global(module, name));
    }

    private object Global(string module, string name) => (module, name) switch
    {
        ("collections", "OrderedDict") => Builder.OrderedDict,
        // The first of the two is how PyTorch wrote tensors until 0.4: the same arguments, without the last two.
        ("torch._utils", "_rebuild_tensor" or "_rebuild_tensor_v2") => Builder.Tensor,
        ("torch._utils", "_rebuild_parameter") => Builder.Parameter,
        ("torch" or "torch.storage", _) when s_storages.TryGetValue(name, out ScalarType type) => type,
        _ => throw TorchPickleFile.Invalid(path, $"it asks for '{module}.{name}', which is refused because it could run code"),
    };

    private void Reduce()
    {
        var arguments = (object?[])Pop()!;
        object? builder = Pop();
        _stack.Push(builder switch
        {
            Builder.OrderedDict => new Dictionary<object, object?>(),
            Builder.Parameter => arguments[0],
            Builder.Tensor => Tensor(arguments),
            _ => throw TorchPickleFile.Invalid(path, "it calls something that is not a tensor builder"),
        });
    }

    // (storage, offset, shape, strides[, requires_grad, backward_hooks])
    private PickledTensor Tensor(object?[] arguments)
    {
        var storage = (PickledStorage)arguments[0]!;
        long offset = (long)arguments[1]!;
        long[] shape = [.. ((object?[])arguments[2]!).Select(d => (long)d!)], strides = [.. ((object?[])arguments[3]!).Select(d => (long)d!)];
        if (offset < 0 || shape.Length != strides.Length || shape.Any(d => d < 0) || strides.Any(s => s < 0))
            throw TorchPickleFile.Invalid(path, $"a tensor has offset {offset}, shape [{string.Join(", ", shape)}], strides [{string.Join(", ", strides)}]");
        long last = offset;
        for (int i = 0; i < shape.Length; i++) last = checked(last + Math.Max(0, shape[i] - 1) * strides[i]);
        if (!shape.Contains(0) && last >= storage.Items)
            throw TorchPickleFile.Invalid(path, $"a tensor of shape [{string.Join(", ", shape)}] reaches beyond the {storage.Items} items of storage '{storage.Key}'");
        return new PickledTensor(storage, offset, shape, strides);
    }

    // ('storage', type, key, location, items[, view])
    private PickledStorage Storage(object?[] id)
    {
        if (id is not ["storage", ScalarType type, string key, _, long items, ..] || items < 0)
            throw TorchPickleFile.Invalid(path, "it refers to something that is not a tensor storage");
        return new PickledStorage(key, type, items);
    }

    // OrderedDict carries its _metadata this way; it is not needed.
    private void SetState()
    {
        Pop();
        if (Peek() is not Dictionary<object, object?>) throw TorchPickleFile.Invalid(path, "it sets the state of something that is not a dictionary");
    }

    private void SetItems(object?[] items)
    {
        var dictionary = (Dictionary<object, object?>)Peek()!;
        for (int i = 0; i + 1 < items.Length; i += 2) dictionary[items[i] ?? throw new FormatException("a dictionary key is None")] = items[i + 1];
    }

    private void AddItems(object?[] items) => ((List<object?>)Peek()!).AddRange(items);

    private static object Shrink(BigInteger value) => value >= long.MinValue && value <= long.MaxValue ? (long)value : value;

    private object? Pop() => _stack.TryPop(out object? value) ? value : throw new FormatException("its pickle takes from an empty stack");

    private object? Peek() => _stack.TryPeek(out object? value) ? value : throw new FormatException("its pickle takes from an empty stack");

    private object?[] Take(int count)
    {
        var items = new object?[count];
        for (int i = count - 1; i >= 0; i--) items[i] = Pop();
        return items;
    }

    private object?[] PopToMark()
    {
        var items = new List<object?>();
        for (object? item = Pop(); item != s_mark; item = Pop()) items.Add(item);
        items.Reverse();
        return [.. items];
    }

    private int Byte()
    {
        int value = stream.ReadByte();
        return value >= 0 ? value : throw new EndOfStreamException("its pickle ends before STOP");
    }

    private byte[] Bytes(int count)
    {
        // A string or number of more than 64 MiB is no part of a state dictionary.
        if (count is < 0 or > 1 << 26) throw new FormatException($"its pickle has an item of {count} bytes");
        byte[] bytes = new byte[count];
        stream.ReadExactly(bytes);
        return bytes;
    }

    private string Line()
    {
        var line = new StringBuilder();
        for (int c = Byte(); c != '\n'; c = Byte()) line.Append((char)c);
        return line.ToString();
    }

    private enum Builder
    {
        OrderedDict,
        Tensor,
        Parameter,
    }
}
