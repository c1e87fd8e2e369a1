using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Transformers.Text;

public sealed class StoredWeightsTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(1);
    private readonly IDataView _data;

    public StoredWeightsTests() => _data = TinyTexts.View(_ml, 10);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(WeightStorage.Int8)]
    [InlineData(WeightStorage.BFloat16)]
    public void A_GPT_is_stored_as_asked_and_remembers_it(WeightStorage storage)
    {
        var options = new GptFeatureOptions { InputColumnName = "Text", OutputColumnName = "Vector" };
        using GptTransformer plain = GptTransformer.Own(RandomGpt.Model(), options), model = GptTransformer.Own(RandomGpt.Model(), options with { StoredWeights = storage });
        Weights(model, "small").Length.Should().BeLessThan((int)(0.65 * Weights(plain, "plain").Length));
        _ml.Model.Save(model, _data.Schema, _folder.File("model.zip"));
        using var loaded = (GptTransformer)_ml.Model.Load(_folder.File("model.zip"), out _);
        loaded.Options.Should().Be(model.Options);
        Weights(loaded, "again").Should().Equal(Weights(model, "small"));
        loaded.Generate("ab").Should().NotBeEmpty();
    }

    [Theory]
    [InlineData(ScoringPrecision.Float32)]
    [InlineData(ScoringPrecision.BFloat16)]
    [InlineData(ScoringPrecision.Auto)]
    public void Weights_of_8_bits_are_the_same_before_and_after_scoring_and_saved_again(ScoringPrecision precision)
    {
        var options = new TextScoringOptions { InputColumnName = "Text", Precision = precision };
        using TextClassificationTransformer whole = RandomClassifier.Encoder(RandomClassifier.WordPiece(TinyTexts.Rows().Select(r => r.Text)), options);
        using TextClassificationTransformer model = whole.Compress(new() { StoredWeights = WeightStorage.Int8 }), unrounded = RandomClassifier.Encoder(RandomClassifier.WordPiece(TinyTexts.Rows().Select(r => r.Text)), options with { StoredWeights = WeightStorage.Int8 });
        byte[] before = Weights(model, "before");
        Weights(unrounded, "unrounded").Should().Equal(before);
        float[] scores = Scores(model);
        Scores(unrounded).Should().NotBeEmpty();
        Weights(model, "after").Should().Equal(before);
        Weights(unrounded, "unrounded after").Should().Equal(before);
        _ml.Model.Save(model, _data.Schema, _folder.File("model.zip"));
        using var loaded = (TextClassificationTransformer)_ml.Model.Load(_folder.File("model.zip"), out _);
        Scores(loaded).Should().Equal(scores);
        Weights(loaded, "loaded").Should().Equal(before);
    }

    [Fact]
    public void A_TextCnn_is_stored_in_8_bits_and_read_again()
    {
        using TextClassificationTransformer plain = RandomClassifier.Cnn("a fine dull film"), model = RandomClassifier.Cnn("a fine dull film", options: new() { InputColumnName = "Text", StoredWeights = WeightStorage.Int8 });
        _ml.Model.Save(model, _data.Schema, _folder.File("model.zip"));
        using var loaded = (TextClassificationTransformer)_ml.Model.Load(_folder.File("model.zip"), out _);
        Scores(loaded).Should().Equal(Scores(plain), (a, b) => Math.Abs(a - b) < 0.02);
        Scores(loaded).Should().NotEqual(Scores(plain));
        Weights(loaded, "loaded").Should().Equal(Weights(model, "model"));
    }

    [Fact]
    public void Weights_are_not_moved_while_they_are_read()
    {
        using TorchSharp.torch.nn.Module network = TorchSharp.torch.nn.Linear(4, 4);
        using var runner = new TextNetworkRunner(network, "cpu", ScoringPrecision.BFloat16, 2);
        var scoring = new Thread(() => runner.Run(_ => { }));
        (bool waited, TorchSharp.torch.ScalarType[] meanwhile) = (false, []);
        runner.WhileIdle(() =>
        {
            scoring.Start();
            (waited, meanwhile) = (!scoring.Join(200), [.. Types()]);
        });
        scoring.Join(TimeSpan.FromSeconds(30)).Should().BeTrue();
        waited.Should().BeTrue();
        meanwhile.Should().Equal(TorchSharp.torch.ScalarType.Float32);
        Types().Should().Equal(TorchSharp.torch.ScalarType.BFloat16);

        IEnumerable<TorchSharp.torch.ScalarType> Types() => network.parameters().Select(p => p.dtype).Distinct();
    }

    private byte[] Weights(ITransformer model, string name)
    {
        string directory = Directory.CreateDirectory(_folder.File(name)).FullName;
        ((IPersistentTransformer)model).SaveTo(directory, new Dictionary<string, string>());
        return File.ReadAllBytes(Path.Combine(directory, CheckpointFiles.Safetensors));
    }

    private float[] Scores(TextClassificationTransformer model) => [.. model.Transform(_data).GetColumn<float[]>("Score").SelectMany(s => s)];
}
