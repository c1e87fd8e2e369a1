using System.IO.Compression;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Tests.Support;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Transformers.Checkpoints;

/// <summary>PyTorch's own files: Golden/pickle/README.md says how they were made.</summary>
public sealed class TorchPickleTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public TorchPickleTests() => TorchRuntime.EnsureLoaded();

    [Theory]
    [InlineData("new.bin")]
    [InlineData("old.bin")]
    public void What_PyTorch_saved_is_what_safetensors_holds(string name)
    {
        using TorchPickleFile pickle = TorchPickleFile.Open(Golden.Path($"pickle/{name}"));
        using SafetensorsFile expected = SafetensorsFile.Open(Golden.Path("pickle/expected.safetensors"));
        CheckEqual(pickle, expected, n => n);
    }

    [SharedDataFact("data/weights/resnet-cifar10/resnet20-12fca82f.th")]
    public void A_published_checkpoint_in_the_old_format_is_read()
    {
        using TorchPickleFile pickle = TorchPickleFile.Open(SharedData.Path("data/weights/resnet-cifar10/resnet20-12fca82f.th"));
        using SafetensorsFile expected = SafetensorsFile.Open(SharedData.Path("data/weights/resnet-cifar10/resnet20.safetensors"));
        CheckEqual(pickle, expected, n => "module." + n);
    }

    [Theory]
    [InlineData("cos\nsystem\n(X\u0004\0\0\0echotR.", "*'os.system', which is refused because it could run code*")]
    [InlineData("\u0080\u0004\u008c\u0005posix\u008c\u0006system\u0093.", "*'posix.system', which is refused*")]
    [InlineData("ctorch\nload\n.", "*'torch.load', which is refused*")]
    [InlineData("ibuiltins\neval\n.", "*opcode 0x69 is not one that tensors need*")]
    [InlineData("}q\0X\u0001\0\0\0ah\0s", "*cut short or altered*")]
    [InlineData("ccollections\nOrderedDict\n.", "*not a dictionary of tensors*")]
    [InlineData("ccollections\nOrderedDict\n)R)R.", "*calls something that is not a tensor builder*")]
    [InlineData("h\u0005.", "*cut short or altered*")]
    [InlineData("NN\u0093.", "*")]
    [InlineData("X\u00ff\u00ff\u00ff\u007f.", "*item of 2147483647 bytes*")]
    [InlineData("ctorch._utils\n_rebuild_tensor_v2\n)R.", "*cut short or altered*")]
    public void A_foreign_or_broken_pickle_is_refused(string pickle, string message)
    {
        string path = _folder.File("hostile.bin");
        WriteZip(path, Encoding.Latin1.GetBytes(pickle));
        FluentActions.Invoking(() => TorchPickleFile.Open(path)).Should().Throw<InvalidDataException>().WithMessage(message).WithMessage("*save the model as safetensors*");
    }

    [Fact]
    public void A_container_in_itself_or_a_million_deep_ends_nothing()
    {
        string path = _folder.File("loop.bin");
        // Old format: magic, protocol, system, the object, the storages' keys.
        byte[] start = [0x80, 2, 0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19, (byte)'.', 0x80, 2, (byte)'K', 1, (byte)'.', 0x80, 2, (byte)'}', (byte)'.'];
        byte[] self = [.. start, .. Encoding.Latin1.GetBytes("}q\0X\u0001\0\0\0ah\0s.].")];
        File.WriteAllBytes(path, self);
        using (TorchPickleFile file = TorchPickleFile.Open(path)) file.Entries.Should().BeEmpty();
        string deep = new string(']', 1_000_000) + new string('a', 999_999);
        File.WriteAllBytes(path, [.. start, .. Encoding.Latin1.GetBytes("}X\u0001\0\0\0a" + deep + "s.].")]);
        using (TorchPickleFile file = TorchPickleFile.Open(path)) file.Entries.Should().BeEmpty();
    }

    [Theory]
    [InlineData("new.bin")]
    [InlineData("old.bin")]
    public void A_cut_or_altered_file_is_refused_or_read_but_never_crashes(string name)
    {
        byte[] whole = File.ReadAllBytes(Golden.Path($"pickle/{name}"));
        Prop.ForAll(ArbMap.Default.ArbFor<(int, int, byte)>(), damage =>
        {
            (int cut, int at, byte value) = damage;
            byte[] bytes = [.. whole];
            bytes[(at & int.MaxValue) % bytes.Length] = value;
            if (cut % 3 == 0) bytes = bytes[..((cut & int.MaxValue) % bytes.Length)];
            string path = _folder.File("fuzzed.bin");
            File.WriteAllBytes(path, bytes);
            try
            {
                using TorchPickleFile file = TorchPickleFile.Open(path);
                foreach (string tensor in file.Entries.Keys) file.Read(tensor).Dispose();
            }
            catch (InvalidDataException)
            {
                // Refused with a message: that is what is asked for.
            }
        }).QuickCheckThrowOnFailure();
    }

    public void Dispose() => _folder.Dispose();

    private static void CheckEqual(TorchPickleFile pickle, SafetensorsFile expected, Func<string, string> nameThere)
    {
        using var scope = NewDisposeScope();
        pickle.Entries.Keys.Should().BeEquivalentTo(expected.Entries.Keys.Select(nameThere));
        foreach (string name in expected.Entries.Keys)
        {
            Tensor theirs = expected.Read(name), ours = pickle.Read(nameThere(name));
            ours.dtype.Should().Be(theirs.dtype, name);
            ours.shape.Should().Equal(theirs.shape, name);
            ours.eq(theirs).all().item<bool>().Should().BeTrue(name);
        }
    }

    private static void WriteZip(string path, byte[] pickle)
    {
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        using Stream entry = zip.CreateEntry("archive/data.pkl", CompressionLevel.NoCompression).Open();
        entry.Write(pickle);
    }
}
