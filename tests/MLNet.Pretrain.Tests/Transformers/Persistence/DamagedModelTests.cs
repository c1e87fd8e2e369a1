using System.IO.Compression;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Transformers.Persistence;

public sealed class DamagedModelTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Each_of_our_entries_altered_or_gone_is_refused_by_name()
    {
        string path = Save();
        string[] ours;
        using (ZipArchive zip = ZipFile.OpenRead(path))
        {
            string folder = zip.Entries.Single(e => e.Name == "pretrain.json").FullName[..^"pretrain.json".Length];
            ours = [.. zip.Entries.Where(e => e.FullName.StartsWith(folder, StringComparison.Ordinal) && e.Name != "Model.key").Select(e => e.FullName)];
        }
        ours.Select(Path.GetFileName).Should().Contain(["pretrain.json", "config.json", "model.safetensors", "vocab.txt"]);
        foreach (string entry in ours)
        {
            Refusal(Rewritten(path, entry, bytes => { bytes[bytes.Length / 2] ^= 1; return bytes; })).Should().Match($"*{Path.GetFileName(entry)}*damaged*copy or save the model again*");
            Refusal(Rewritten(path, entry, bytes => bytes[..(bytes.Length / 2)])).Should().Match($"*{Path.GetFileName(entry)}*damaged*");
            Refusal(Rewritten(path, entry, null)).Should().Match($"*{Path.GetFileName(entry)}*missing*");
        }
    }

    [Fact]
    public void A_zip_cut_anywhere_gives_an_exception_and_no_model()
    {
        byte[] whole = File.ReadAllBytes(Save());
        string cut = _folder.File("cut.zip");
        for (int i = 0; i < 40; i++)
        {
            File.WriteAllBytes(cut, whole[..(int)((long)whole.Length * i / 40)]);
            Load(cut).Should().Throw<Exception>();
        }
    }

    [Fact]
    public void A_byte_changed_anywhere_gives_an_exception_or_the_same_values()
    {
        string path = Save();
        byte[] whole = File.ReadAllBytes(path);
        float[][] expected = Values(path);
        var random = new Random(1);
        string damaged = _folder.File("damaged.zip");
        int refused = 0;
        for (int i = 0; i < 60; i++)
        {
            byte[] bytes = [.. whole];
            bytes[random.Next(bytes.Length)] ^= (byte)(1 << random.Next(8));
            File.WriteAllBytes(damaged, bytes);
            float[][] values;
            try
            {
                values = Values(damaged);
            }
            catch (Exception)
            {
                refused++;
                continue;
            }
            values.Should().BeEquivalentTo(expected, o => o.WithStrictOrdering(), "a damaged model may be refused but never give other values");
        }
        refused.Should().BeGreaterThan(30);
    }

    public void Dispose() => _folder.Dispose();

    // ML.NET makes loaders by reflection, so that what they say arrives as the inner exception.
    private string Refusal(string path) => Load(path).Should().Throw<Exception>().Which.GetBaseException().Message;

    private Action Load(string path) => () => (_ml.Model.Load(path, out _) as IDisposable)?.Dispose();

    private float[][] Values(string path)
    {
        ITransformer model = _ml.Model.Load(path, out _);
        using var owned = model as IDisposable;
        return [.. model.Transform(TinyTexts.View(_ml, 8)).GetColumn<float[]>("Vector")];
    }

    private string Save()
    {
        IDataView data = TinyTexts.View(_ml);
        using var encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(data);
        string path = _folder.File("model.zip");
        _ml.Model.Save(encoder, data.Schema, path);
        return path;
    }

    private string Rewritten(string path, string entry, Func<byte[], byte[]>? change)
    {
        string target = _folder.File("rewritten.zip");
        File.Delete(target);
        using ZipArchive from = ZipFile.OpenRead(path), to = ZipFile.Open(target, ZipArchiveMode.Create);
        foreach (ZipArchiveEntry e in from.Entries)
        {
            if (e.FullName == entry && change is null) continue;
            using var bytes = new MemoryStream();
            using (Stream read = e.Open()) read.CopyTo(bytes);
            using Stream write = to.CreateEntry(e.FullName).Open();
            write.Write(e.FullName == entry ? change!(bytes.ToArray()) : bytes.ToArray());
        }
        return target;
    }
}
