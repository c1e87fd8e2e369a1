using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Estimators.Text.Pretraining;

/// <summary>What PretrainBert refuses and when, what it leaves behind, and what its validation asks.</summary>
public sealed class PretrainBertChecksTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_pooling_that_the_encoder_lacks_is_refused_before_the_first_step()
    {
        int steps = 0;
        Refused<ArgumentException>(o => (o.Pooling, o.Progress) = (Pooling.Pooler, new Reporter(_ => steps++))).WithMessage("*Pooling is Pooler*has no pooler*");
        steps.Should().Be(0);
    }

    [Fact]
    public void Passages_are_told_from_as_many_others_in_validation_as_in_training()
    {
        // At this temperature all cosines are alike, so that the loss is the logarithm of the batch's rows.
        IReadOnlyDictionary<string, double> Metrics(double validation)
        {
            IReadOnlyDictionary<string, double>? metrics = null;
            Fit(o =>
            {
                (o.Packing, o.BatchSize, o.MaxSteps, o.DuplicateFactor, o.ValidationFraction) = (SequencePacking.SameDocumentPairs, 2, 1, 1, validation);
                (o.Temperature, o.Progress) = (1e6, new Reporter(p => metrics = p.Metrics ?? metrics));
            }, View(Enumerable.Range(0, 20).Select(i => $"the paint is {i % 4} today"))).Dispose();
            return metrics!;
        }

        Metrics(0.25)["PairLoss"].Should().BeApproximately(Math.Log(2), 1e-3, "five rows are two batches of two, and one alone that has nothing to be told from");
        Metrics(0.05).Should().ContainKey("WordLoss").And.NotContainKeys("PairLoss", "PairAccuracy");
    }

    [Theory]
    [InlineData(SequencePacking.Documents)]
    [InlineData(SequencePacking.SameDocumentPairs)]
    public void Validation_data_are_told_from_what_is_trained_on(SequencePacking packing)
    {
        // A word that stands in the one and not in the other.
        string[] Texts(string last) => [.. Enumerable.Range(0, 64).Select(i => $"the paint is {(i % 2 == 0 ? "red" : "blue")} {last} red blue the paint is wet {last}")];
        var losses = new List<double>();
        Fit(o =>
        {
            (o.Packing, o.Epochs, o.ValidationData) = (packing, 6, View(Texts("today")));
            o.Progress = new Reporter(p => { if (p.Metrics is { } m) losses.Add(m["WordLoss"]); });
        }, View(Texts("never"))).Dispose();
        var known = new List<double>();
        Fit(o =>
        {
            (o.Packing, o.Epochs, o.ValidationData) = (packing, 6, View(Texts("never")));
            o.Progress = new Reporter(p => { if (p.Metrics is { } m) known.Add(m["WordLoss"]); });
        }, View(Texts("never"))).Dispose();
        losses.Should().HaveCount(6);
        known[^1].Should().BeLessThan(losses[^1] - 0.3);

        Refused<ArgumentException>(o => (o.ValidationData, o.ValidationFraction) = (View(["a"]), 0.1)).WithMessage("*both ValidationData and ValidationFraction (0.1) are set*");
        Refused<InvalidOperationException>(o => o.ValidationData = View([])).WithMessage("*no validation rows*");
        Refused<ArgumentException>(o => o.ValidationData = _ml.Data.LoadFromEnumerable([new { Number = 1f }])).WithMessage("*'Text'*");
    }

    [Fact]
    public void A_segmenters_error_arrives_as_it_was_thrown() =>
        Record.Exception(() => Fit(o => o.Segmenter = new BrokenSegmenter())).Should().BeOfType<FormatException>().Which.StackTrace.Should().Contain(nameof(BrokenSegmenter));

    [Fact]
    public void What_makes_no_row_leaves_no_file_behind()
    {
        string[] names = ["TMPDIR", "TMP"];
        string?[] before = [.. names.Select(Environment.GetEnvironmentVariable)];
        foreach (string name in names) Environment.SetEnvironmentVariable(name, _folder.Path);
        try
        {
            Refused<InvalidOperationException>(o => (o.Packing, o.Encoder) = (SequencePacking.NextSentencePairs, TinyTexts.Encoder with { Pooler = true }), View(["a", "b"])).WithMessage("*make no row*");
            Directory.GetFileSystemEntries(_folder.Path).Should().BeEmpty();
        }
        finally
        {
            for (int i = 0; i < names.Length; i++) Environment.SetEnvironmentVariable(names[i], before[i]);
        }
    }

    private FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(Action<PretrainBertOptions> configure, IDataView? data = null) where T : Exception =>
        FluentActions.Invoking(() => Fit(configure, data).Dispose()).Should().Throw<T>();

    private TextEncoderTransformer Fit(Action<PretrainBertOptions> configure, IDataView? data = null)
    {
        var options = new PretrainBertOptions { Encoder = TinyTexts.Encoder, MaxLength = 24, BatchSize = 16, LearningRate = 5e-3, Epochs = 2, Seed = 3 };
        configure(options);
        return _ml.Transforms.Text.PretrainBert("Vector", "Text", options).Fit(data ?? TinyTexts.View(_ml));
    }

    private IDataView View(IEnumerable<string> texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));

    private sealed class BrokenSegmenter : IWordSegmenter
    {
        public IEnumerable<TokenOffset> Segment(string text) => throw new FormatException("no dictionary");
    }
}
