using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class CompressBadInputTests : IDisposable
{
    private readonly MLContext _ml = new(seed: 1);
    private readonly IDataView _data;
    private readonly TextClassificationTransformer _model;

    public CompressBadInputTests()
    {
        _data = TinyTexts.View(_ml);
        _model = RandomClassifier.Encoder(RandomClassifier.WordPiece(TinyTexts.Rows().Select(r => r.Text)), classes: ["good", "bad"]);
    }

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Options_out_of_range_are_refused()
    {
        Refused(new() { MinTokenUses = 0 }, "*MinTokenUses is 0*");
        Refused(new() { MinTokenUses = 2 }, "*MinTokenUses is 2, but Corpus is null*");
        Refused(new() { HeadData = _data }, "*HeadData is set, but PrunedHeadFraction is 0*");
        Refused(new() { PrunedHeadFraction = 0.1, HeadData = _data }, "*0.1, which is none of 4 heads; expected 0.25 or more for one*");
        Refused(new() { LayerMap = LayerMap.Last }, "*LayerCount is null*");
        Refused(new() { LayerCount = 3 }, "*The student has 3 layers and the teacher 2*");
        Refused(new() { LayerCount = 0 }, "*1 or more*");
        Refused(new() { PrunedHeadFraction = 1, HeadData = _data }, "*PrunedHeadFraction is 1; expected a number in [0, 1)*");
        Refused(new() { PrunedHeadFraction = double.NaN, HeadData = _data }, "*PrunedHeadFraction is NaN*");
        Refused(new() { PrunedHeadFraction = 0.9, HeadData = _data, LabelColumnName = "Category" }, "*4 of 4 heads*each of the 2 layers keeps one; expected 2 heads at most*");
        Refused(new() { PrunedHeadFraction = 0.5 }, "*HeadData is null*");
        Refused(new() { PrunedHeadFraction = 0.5, HeadData = _data, HeadRows = 0 }, "*HeadRows is 0*");
        Refused(new() { PrunedHeads = new Dictionary<int, IReadOnlyList<int>> { [1] = [0, 1] } }, "*layer 1 are all 2 of them*");
        Refused(new() { StoredWeights = (WeightStorage)9 }, "*StoredWeights is 9*");
    }

    [Fact]
    public void Wrong_columns_and_data_without_rows_are_refused()
    {
        IDataView nothing = _ml.Data.LoadFromEnumerable(Array.Empty<TinyTexts.Row>()), wordless = _ml.Data.LoadFromEnumerable([new TinyTexts.Row { Text = "  " }]), other = _ml.Transforms.DropColumns("Text").Fit(_data).Transform(_data);
        Refused(new() { Corpus = other }, "*'Text'*not in the data*");
        FluentActions.Invoking(() => _model.Compress(new() { Corpus = nothing })).Should().Throw<InvalidOperationException>().WithMessage("*no word in column 'Text'*");
        FluentActions.Invoking(() => _model.Compress(new() { Corpus = wordless })).Should().Throw<InvalidOperationException>().WithMessage("*no word in column 'Text'*");
        var heads = new CompressionOptions { PrunedHeadFraction = 0.5, HeadData = _data };
        Refused(heads with { LabelColumnName = "nowhere" }, "*'nowhere'*not in the data*");
        Refused(heads with { HeadData = other, LabelColumnName = "Category" }, "*'Text'*not in the data*");
        FluentActions.Invoking(() => _model.Compress(heads with { HeadData = nothing, LabelColumnName = "Category" })).Should().Throw<InvalidOperationException>().WithMessage("*no row with a label in column 'Category'*");
        FluentActions.Invoking(() => _model.Compress(heads with { LabelColumnName = "Flag" })).Should().Throw<InvalidOperationException>().WithMessage("*row 0 of the HeadData has the label 'True'*");
        FluentActions.Invoking(() => CompressionReport.Of(_model, _model, _data, "nowhere")).Should().Throw<ArgumentException>().WithMessage("*'nowhere'*");
    }

    [Fact]
    public void A_TextCnn_has_no_encoder_and_a_disposed_model_no_weights()
    {
        using TextClassificationTransformer words = RandomClassifier.Cnn("a film");
        FluentActions.Invoking(() => words.Compress(new())).Should().Throw<ArgumentException>().WithMessage("*TextCnn has no encoder*");
        FluentActions.Invoking(() => CompressionReport.Of(_model, words, _data, "Category")).Should().Throw<ArgumentException>().WithMessage("CompressionReport: a TextCnn has no encoder*");
        (_model.Runner.Runs, words.Runner.Runs).Should().Be((0, 0));
        _model.Dispose();
        FluentActions.Invoking(() => _model.Compress(new())).Should().Throw<ObjectDisposedException>();
    }

    [Fact]
    public void A_padding_token_beyond_the_vocabulary_is_refused()
    {
        TextModel<SequenceClassifier> model = ((EncoderPredictor)_model.Model).TextModel;
        int words = model.Tokenizer.VocabSize;
        using var encoder = new TextEncoderTransformer(_ml, new(new TextEncoder(model.Config.Encoder with { VocabSize = words + 5, PadTokenId = words + 2 }), model.Tokenizer, model.Config with { Encoder = model.Config.Encoder with { VocabSize = words + 5, PadTokenId = words + 2 } }), new() { InputColumnName = "Text", OutputColumnName = "Vector" });
        FluentActions.Invoking(() => encoder.Compress(new() { Corpus = _data })).Should().Throw<ArgumentException>().WithMessage($"*padding token has id {words + 2} (pad_token_id of config.json)*{words} entries*");
        encoder.Compress(new()).Dispose();
    }

    [Theory]
    [InlineData("null")]
    [InlineData("1.5")]
    [InlineData("\"1\"")]
    public void A_pruned_head_that_is_no_whole_number_is_refused(string head)
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("config.json"), $$"""{ "model_type": "bert", "vocab_size": 30, "pruned_heads": { "0": [{{head}}] } }""");
        FluentActions.Invoking(() => ConfigFile.Read(folder.File("config.json"))).Should().Throw<InvalidDataException>().WithMessage($"*{head} among the heads of layer 0 in pruned_heads*");
    }

    [Fact]
    public void Cancelling_ends_it()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        FluentActions.Invoking(() => _model.Compress(new() { Corpus = _data, CancellationToken = source.Token })).Should().Throw<OperationCanceledException>();
    }

    private void Refused(CompressionOptions options, string message) => FluentActions.Invoking(() => _model.Compress(options)).Should().Throw<ArgumentException>().WithMessage(message);
}
