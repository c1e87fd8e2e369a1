using System.IO.Compression;
using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Persistence;

public sealed class LoadingTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("encoder with heads")]
    [InlineData("classifier")]
    [InlineData("GPT")]
    [InlineData("TextCnn")]
    public void Loading_draws_no_weights_and_gives_back_those_saved_bit_by_bit(string name)
    {
        ITransformer saved = Make(name);
        using var owned = (IDisposable)saved;
        string path = Save(saved);
        long before = WeightInitializer.Draws;
        using var loaded = (IDisposable)_ml.Model.Load(path, out _);
        WeightInitializer.Draws.Should().Be(before);
        Weights((IPersistentTransformer)loaded, "loaded").Should().Equal(Weights((IPersistentTransformer)saved, "saved"));
    }

    [Theory]
    [InlineData(WeightStorage.Float32, true)]
    [InlineData(WeightStorage.BFloat16, false)]
    [InlineData(WeightStorage.Int8, false)]
    public void Weights_of_32_bits_stand_in_the_zip_as_they_are(WeightStorage storage, bool asTheyAre)
    {
        using TextEncoderTransformer encoder = Large(storage);
        string path = Save(encoder);
        using (ZipArchive zip = ZipFile.OpenRead(path))
        {
            ZipArchiveEntry weights = zip.Entries.Single(e => e.Name == CheckpointFiles.Safetensors);
            (weights.CompressedLength == weights.Length).Should().Be(asTheyAre);
            zip.Entries.Single(e => e.Name == "vocab.txt").FullName.Should().Be(weights.FullName[..^weights.Name.Length] + "vocab.txt");
        }
        using var loaded = (TextEncoderTransformer)_ml.Model.Load(path, out _);
        Weights(loaded, "loaded").Should().Equal(Weights(encoder, "saved"));
    }

    [Fact]
    public void A_model_may_be_saved_to_a_stream_that_only_goes_on()
    {
        using TextEncoderTransformer encoder = Large(WeightStorage.Float32);
        using var zipped = new MemoryStream();
        using (var stream = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true)) _ml.Model.Save(encoder, TinyTexts.View(_ml).Schema, stream);
        zipped.Position = 0;
        using var whole = new MemoryStream();
        using (var stream = new GZipStream(zipped, CompressionMode.Decompress)) stream.CopyTo(whole);
        using var loaded = (TextEncoderTransformer)_ml.Model.Load(whole, out _);
        Weights(loaded, "loaded").Should().Equal(Weights(encoder, "saved"));
    }

    [Fact]
    public void A_byte_changed_in_weights_as_they_are_is_refused()
    {
        using TextEncoderTransformer encoder = Large(WeightStorage.Float32);
        string path = Save(encoder);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        FluentActions.Invoking(() => _ml.Model.Load(path, out _)).Should().Throw<Exception>().Which.GetBaseException().Message.Should().Match("*'model.safetensors' is damaged*copy or save the model again*");
    }

    private ITransformer Make(string name) => name switch
    {
        "encoder with heads" => Encoder(16, WeightStorage.Float32, heads: true),
        "classifier" => RandomClassifier.Encoder(RandomClassifier.WordPiece(TinyTexts.Rows().Select(r => r.Text)), new() { InputColumnName = "Text" }),
        "GPT" => GptTransformer.Own(RandomGpt.Model(), new() { InputColumnName = "Text", OutputColumnName = "Vector" }),
        _ => RandomClassifier.Cnn("a fine dull film"),
    };

    // Weights of more than a megabyte.
    private TextEncoderTransformer Large(WeightStorage storage) => Encoder(128, storage);

    private TextEncoderTransformer Encoder(int width, WeightStorage storage, bool heads = false)
    {
        SequenceTokenizer tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "fine", "dull", "film"], null));
        var config = new TextEncoderConfig { VocabSize = tokenizer.VocabSize, HiddenSize = width, LayerCount = 2, HeadCount = 2, IntermediateSize = 4 * width, MaxPositions = 32 };
        var model = new TextModel<TextEncoder>(new TextEncoder(config), tokenizer, new CheckpointConfig(config)) { Heads = heads ? new(new MaskedLanguageModelHead(config), new NextSentenceHead(config)) : null };
        return new TextEncoderTransformer(_ml, model, new() { InputColumnName = "Text", OutputColumnName = "Vector", StoredWeights = storage });
    }

    private string Save(ITransformer model)
    {
        string path = _folder.File("model.zip");
        _ml.Model.Save(model, TinyTexts.View(_ml).Schema, path);
        return path;
    }

    private byte[] Weights(IPersistentTransformer model, string name)
    {
        string directory = Directory.CreateDirectory(_folder.File(name)).FullName;
        model.SaveTo(directory, new Dictionary<string, string>());
        return File.ReadAllBytes(Path.Combine(directory, CheckpointFiles.Safetensors));
    }
}
