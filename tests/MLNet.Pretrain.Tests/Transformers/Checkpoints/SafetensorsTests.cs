using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Tests.Support;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Transformers.Checkpoints;

public sealed class SafetensorsTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public SafetensorsTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void Every_number_format_comes_back_as_it_was_written()
    {
        using var scope = NewDisposeScope();
        ScalarType[] types = [ScalarType.Float32, ScalarType.Float16, ScalarType.BFloat16, ScalarType.Float64, ScalarType.Int64, ScalarType.Int32, ScalarType.Int16, ScalarType.Int8, ScalarType.Byte, ScalarType.Bool];
        KeyValuePair<string, Tensor>[] written = [.. types.Select(type => KeyValuePair.Create(type.ToString(), arange(-6, 6, ScalarType.Float32).reshape(3, 4).to(type))),
            KeyValuePair.Create("scalar", tensor(1.5f)), KeyValuePair.Create("empty", zeros(0, 3))];
        SafetensorsWriter.Write(_folder.File("a.safetensors"), written);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("a.safetensors"));
        file.Entries.Keys.Should().BeEquivalentTo(written.Select(w => w.Key));
        foreach ((string name, Tensor expected) in written)
        {
            Tensor read = file.Read(name);
            read.dtype.Should().Be(expected.dtype);
            read.shape.Should().Equal(expected.shape);
            read.eq(expected).all().item<bool>().Should().BeTrue(name);
        }
    }

    [Fact]
    public void A_tensor_is_read_into_one_of_any_format_and_layout_as_it_is_read_by_itself()
    {
        using var scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        // More than is converted at once, a row that is, and less.
        long[][] shapes = [[300, 200], [3, 20_000], [40_000], [7, 5, 3], [0, 3], []];
        ScalarType[] types = [ScalarType.Float32, ScalarType.BFloat16, ScalarType.Float16, ScalarType.Float64];
        KeyValuePair<string, Tensor>[] written = [.. shapes.SelectMany((shape, i) => types.Select(type => KeyValuePair.Create($"{i} {type}", Seeded.Normal(7, shape).to(type))))];
        SafetensorsWriter.Write(_folder.File("a.safetensors"), written);
        using SafetensorsFile file = SafetensorsFile.Open(_folder.File("a.safetensors"));
        foreach ((string name, Tensor expected) in written)
        {
            foreach (ScalarType type in types)
            {
                Tensor plain = empty(expected.shape, type), turned = empty([.. expected.shape.Reverse()], type);
                file.ReadInto(name, plain);
                plain.eq(expected.to(type)).all().item<bool>().Should().BeTrue(name);
                if (expected.dim() != 2) continue;
                file.ReadInto(name, turned.t());
                turned.t().eq(expected.to(type)).all().item<bool>().Should().BeTrue(name);
            }
        }
    }

    [Fact]
    public void A_file_that_is_cut_once_it_is_open_is_refused()
    {
        if (OperatingSystem.IsWindows()) return;   // which does not let an open file be cut
        using Tensor tensor = ones(100);
        string path = _folder.File("a.safetensors");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("a", tensor)]);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        using (var cut = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) cut.SetLength(cut.Length - 8);
        FluentActions.Invoking(() => file.Read("a")).Should().Throw<InvalidDataException>().WithMessage("*ends at byte*while it is read*");
    }

    [Theory]
    [InlineData("", "*fewer than the 8*")]
    [InlineData("header 9999 {}", "*header of 9999 bytes in a file of 10*")]
    [InlineData("header -1 {}", "*header of 18446744073709551615 bytes*")]
    [InlineData("[]", "*not a JSON object*")]
    [InlineData("{\"a\":", "*header is not readable*")]
    [InlineData("{\"a\":{\"shape\":[1],\"data_offsets\":[0,4]}}", "*header is not readable*")]
    [InlineData("{\"a\":{\"dtype\":\"F31\",\"shape\":[1],\"data_offsets\":[0,4]}}", "*dtype 'F31', expected one of F32*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]}}", "*needs 8 bytes but claims 4*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,400]}}", "*claims bytes [0, 400] of 4*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]}}", "*claims bytes*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[-1],\"data_offsets\":[0,4]}}", "*shape [-1]*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[4294967296,4294967296],\"data_offsets\":[0,4]}}", "*more values than any file holds*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}", "*overlap or leave a hole*")]
    [InlineData("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[4,4]}}", "*'a' stands in the header twice*")]
    [InlineData("{}", "*take 0 bytes but 4 follow*")]
    public void A_hostile_header_is_refused_with_its_fault(string header, string message)
    {
        string path = _folder.File("hostile.safetensors");
        File.WriteAllBytes(path, Bytes(header));
        FluentActions.Invoking(() => SafetensorsFile.Open(path)).Should().Throw<InvalidDataException>().WithMessage(message).WithMessage("*copy or download it again*");
    }

    [Fact]
    public void A_cut_or_altered_file_is_refused_or_read_but_never_crashes()
    {
        byte[] whole = File.ReadAllBytes(Golden.Path("bert/heads.safetensors"));
        int header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(whole);
        Prop.ForAll(ArbMap.Default.ArbFor<(int, int, byte)>(), damage =>
        {
            (int cut, int at, byte value) = damage;
            byte[] bytes = [.. whole];
            bytes[(at & int.MaxValue) % header] = value;
            if (cut % 3 == 0) bytes = bytes[..((cut & int.MaxValue) % bytes.Length)];
            string path = _folder.File("fuzzed.safetensors");
            File.WriteAllBytes(path, bytes);
            try
            {
                using SafetensorsFile file = SafetensorsFile.Open(path);
                foreach (string name in file.Entries.Keys) file.Read(name).Dispose();
            }
            catch (InvalidDataException)
            {
                // Refused with a message: that is what is asked for.
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] whole = File.ReadAllBytes(Golden.Path("bert/heads.safetensors"));
        string path = _folder.File("cut.safetensors");
        for (int length = 0; length < whole.Length; length += 97)
        {
            File.WriteAllBytes(path, whole[..length]);
            FluentActions.Invoking(() => SafetensorsFile.Open(path)).Should().Throw<InvalidDataException>();
        }
    }

    [Fact]
    public void A_missing_file_is_named() =>
        FluentActions.Invoking(() => SafetensorsFile.Open(_folder.File("none"))).Should().Throw<FileNotFoundException>().WithMessage("*none' was not found; expected*");

    [Fact]
    public void On_a_full_disk_the_old_file_survives()
    {
        if (!File.Exists("/dev/full")) return;   // Linux's device that is always full
        using Tensor old = ones(3), next = zeros(1 << 20);
        string path = _folder.File("model.safetensors");
        SafetensorsWriter.Write(path, [KeyValuePair.Create("a", old)]);
        byte[] before = File.ReadAllBytes(path);
        File.CreateSymbolicLink(path + ".new", "/dev/full");
        FluentActions.Invoking(() => SafetensorsWriter.Write(path, [KeyValuePair.Create("a", next)])).Should().Throw<IOException>().WithMessage("*could not be written*unchanged*Free some space*");
        File.ReadAllBytes(path).Should().Equal(before);
        Directory.GetFiles(_folder.Path).Should().Equal(path);
    }

    public void Dispose() => _folder.Dispose();

    // "header N json" sets the length field to N; anything else is a header followed by four bytes of data.
    private static byte[] Bytes(string header)
    {
        if (header.Length == 0) return [1, 2, 3];
        string[] parts = header.Split(' ');
        (long length, string json, int data) = parts[0] == "header" ? (long.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), parts[2], 0) : (header.Length, header, 4);
        byte[] bytes = new byte[8 + json.Length + data];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, length);
        Encoding.UTF8.GetBytes(json).CopyTo(bytes, 8);
        return bytes;
    }
}
