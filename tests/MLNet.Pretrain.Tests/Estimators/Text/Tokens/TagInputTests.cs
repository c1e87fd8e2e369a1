using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.Tokens;

public class TagInputTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData("Anna left", "B-PER", "*row 1 has 2 words in 'Words' (the first is 'Anna', the last 'left') and 1 tags in 'Tags'; expected one tag a word*")]
    [InlineData("", "O", "*row 1 has 0 words in 'Words' and 1 tags*")]
    [InlineData("Anna left", "B-PER ?", "*row 1, word 1 of label column 'Tags' has no tag*")]
    [InlineData("Anna left", "PER O", "*'Tags'*Row 1, token 0 has the tag 'PER'; expected O, B-<type> or I-<type>*")]
    [InlineData("Anna left", "O I-PER", "*'Tags'*Row 1, token 1 has the tag 'I-PER' after 'O'; expected B-PER there*TagReading.Lenient*")]
    public void Wrong_labels_are_named_with_their_row(string words, string tags, string message) =>
        FluentActions.Invoking(() => Fit([Row("Ben left", "B-PER O"), Row(words, tags)])).Should().Throw<InvalidOperationException>().WithMessage(message);

    [Fact]
    public void A_texts_words_follow_the_documented_rule_and_the_message_says_so() =>
        FluentActions.Invoking(() => Fit([Row("it's here", "O O")], o => o.TextColumnName = "Text")).Should().Throw<InvalidOperationException>()
            .WithMessage("*row 0 has 4 words in 'Text' (the first is 'it', the last 'here') and 2 tags*ready-made words*");

    [Fact]
    public void Tags_that_the_training_data_do_not_have_are_refused_in_validation() =>
        FluentActions.Invoking(() => Fit([Row("Ben left", "B-PER O")], o => o.ValidationData = View([Row("Rome fell", "B-LOC O")]))).Should().Throw<InvalidOperationException>()
            .WithMessage("*row 0, word 0*in the validation data has the tag 'B-LOC', which the training data do not have; expected one of 'O', 'B-PER', 'I-PER'*");

    [Fact]
    public void Nothing_to_learn_is_refused()
    {
        FluentActions.Invoking(() => Fit([Row("Ben left", "O O")])).Should().Throw<InvalidOperationException>().WithMessage("*all words*have the tag 'O'; expected an entity*");
        FluentActions.Invoking(() => Fit([Row("Ben left", "X X")], o => o.Scheme = null)).Should().Throw<InvalidOperationException>().WithMessage("*all words*have the tag 'X'; expected 2 different tags*");
        FluentActions.Invoking(() => Fit([Row("Ben left", ""), Row("", "")])).Should().Throw<InvalidOperationException>().WithMessage("*no training rows with tags*'Tags'*");
    }

    [Fact]
    public void Rows_without_tags_are_left_out_with_a_warning()
    {
        var warnings = new List<string>();
        _ml.Log += (_, e) => warnings.Add(e.Message);
        Fit([Row("Ben left", "B-PER O"), Row("Anna left", ""), Row("", "")]).Dispose();
        warnings.Should().ContainSingle(w => w.Contains("2 of 3 training rows have no tags and are left out", StringComparison.Ordinal));
    }

    [Fact]
    public void IOB1_labels_are_read_leniently_and_mended()
    {
        using TokenClassificationTransformer model = Fit([Row("Ben Stone left", "I-PER I-PER O"), Row("Ben Anna", "I-PER B-PER")], o => o.Reading = TagReading.Lenient);
        model.Tags.Should().Equal("O", "B-PER", "I-PER");
    }

    [Fact]
    public void Labels_of_another_type_and_keys_without_text_are_refused()
    {
        IDataView data = View([Row("Ben left", "B-PER O")]);
        FluentActions.Invoking(() => Fit(data, o => o.LabelColumnName = "Text")).Should().Throw<ArgumentException>().WithMessage("*'Text' is String*vector of text or of Key<UInt32>, one tag a word*");
        FluentActions.Invoking(() => Fit(data, o => o.LabelColumnName = "Numbers")).Should().Throw<ArgumentException>().WithMessage("*'Numbers' is Vector<Single>*");
        IDataView keys = _ml.Transforms.Conversion.MapValueToKey("Keys", "Numbers").Fit(data).Transform(data);
        FluentActions.Invoking(() => Fit(keys, o => o.LabelColumnName = "Keys")).Should().Throw<ArgumentException>().WithMessage("*'Keys' have no text as values*");
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name()
    {
        (FineTuneTokensOptions Options, string Message)[] cases =
        [
            (new() { LabelColumnName = "" }, "*LabelColumnName is empty*"),
            (new() { TextColumnName = "" }, "*InputColumnName is empty*"),
            (new() { Scheme = (TagScheme)9 }, "*Scheme is 9*"),
            (new() { TrainAs = (TagScheme)9, Scheme = TagScheme.Bio }, "*TrainAs is 9*"),
            (new() { TrainAs = TagScheme.Bioes }, "*TrainAs is Bioes, but there is no Scheme*"),
            (new() { Reading = (TagReading)9 }, "*Reading is 9*"),
            (new() { Dropout = 1 }, "*Dropout is 1*"),
            (new() { MaxLength = 2 }, "*MaxLength is 2*"),
            (new() { ScoringPrecision = (ScoringPrecision)9 }, "*Precision is 9*"),
            (new() { ValidationFraction = 0.1, ValidationData = View([]) }, "*both ValidationData and ValidationFraction*"),
        ];
        foreach ((FineTuneTokensOptions options, string message) in cases)
            FluentActions.Invoking(() => _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, options)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private TokenClassificationTransformer Fit(Labelled[] rows, Action<FineTuneTokensOptions>? change = null) => Fit(View(rows), change);

    private TokenClassificationTransformer Fit(IDataView data, Action<FineTuneTokensOptions>? change)
    {
        var options = new FineTuneTokensOptions { TextColumnName = "Words", LabelColumnName = "Tags", Scheme = TagScheme.Bio, MaxLength = 48, Seed = 1 };
        change?.Invoke(options);
        return _ml.MulticlassClassification.Trainers.FineTuneTokens(TinyEntities.Encoder, options).Fit(data);
    }

    private IDataView View(Labelled[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private static Labelled Row(string words, string tags) => new() { Text = words, Words = Split(words), Tags = [.. Split(tags).Select(t => t == "?" ? "" : t)] };

    private static string[] Split(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private sealed class Labelled
    {
        public string Text { get; set; } = "";

        public string[] Words { get; set; } = [];

        public string[] Tags { get; set; } = [];

        [VectorType(2)]
        public float[] Numbers { get; set; } = [1, 2];
    }
}
