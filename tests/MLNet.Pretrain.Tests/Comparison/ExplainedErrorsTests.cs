using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Comparison;

/// <summary>Mistakes of networks that can tell which words spoke for them.</summary>
public sealed partial class ExplainedErrorsTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void A_comparison_lists_mistakes_of_every_candidate_and_colours_words_of_those_that_tell()
    {
        IDataView train = TinyTexts.View(_ml), test = _ml.Data.LoadFromEnumerable(Mislabelled());
        using ComparisonReport report = _ml.MulticlassClassification.Compare(train, test, new() { ["BoW"] = Bow(), ["BERT"] = Bert(), ["CNN"] = Cnn() },
            new() { LabelColumnName = "Category", LatencyRows = 0, LabelBudgets = [5], Errors = new() { Mistakes = 3, Rows = [1], AttributionSteps = 4 } });
        foreach (CandidateResult candidate in report.Candidates)
        {
            candidate.Errors.Mistakes.Should().HaveCount(3);
            candidate.Errors.Mistakes.Should().OnlyContain(m => m.Truth != m.Predicted && m.Probability > 0.5 && m.Texts[0].Column == "Text");
            candidate.Errors.Mistakes.Select(m => -m.Probability!.Value).Should().BeInAscendingOrder();
            candidate.Errors.Mistakes.Should().OnlyContain(m => (m.Attribution == null) == (candidate.Name == "BoW"));
            candidate.Errors.AttributionError.Should().BeNull();
        }
        RowPrediction chosen = report["BERT"].Errors.ChosenRows.Single();
        chosen.Attribution!.Class.Should().Be(chosen.Predicted);
        chosen.Attribution.Probability.Should().BeApproximately(chosen.Probability!.Value, 1e-4);

        string html = report.ToHtml();
        html.Should().Contain("Most confident mistakes").And.Contain("Chosen rows").And.Contain("<mark style=\"background:rgba(var(--hit),").And.Contain(" by them · row ");
        foreach (RowPrediction mistake in report["CNN"].Errors.Mistakes) Plain().Replace(html, "").Should().Contain($">{mistake.Texts[0].Text}</p>", "colours change no letter");
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        JsonElement first = json.RootElement.GetProperty("candidates")[1].GetProperty("errors").GetProperty("mistakes")[0];
        first.GetProperty("attribution").GetProperty("tokens")[0].GetProperty("text").GetString().Should().Be(report["BERT"].Errors.Mistakes[0].Attribution!.Tokens[0].Text);
        report.ToMarkdown().Should().Contain("## Errors of CNN").And.Contain($"row {report["CNN"].Errors.Mistakes[0].Row}: ");
    }

    [Fact]
    public void The_text_explained_is_the_one_that_the_network_read()
    {
        // The chain reads another column, in lower case, joined with a pair.
        IEstimator<ITransformer> chain = _ml.Transforms.Text.NormalizeText("Read", "Text").Append(_ml.Transforms.CopyColumns("Second", "Category")).Append(
            _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, new FineTuneTextOptions { LabelColumnName = "Flag", TextColumnName = "Read", PairColumnName = "Second", MaxSteps = 2, BatchSize = 10, MaxLength = 24, Seed = 1 }));
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Select(r => new TinyTexts.Row { Text = r.Text.ToUpperInvariant(), Category = r.Category, Flag = r.Flag }));
        ITransformer model = chain.Append(_ml.Transforms.DropColumns("Read")).Fit(data);
        using var owner = (IDisposable)model;
        ErrorReport report = _ml.BinaryClassification.ReportErrors(model, data, new() { LabelColumnName = "Flag", Errors = new() { Mistakes = 2, Rows = [4], TextColumnNames = ["Text"], AttributionSteps = 2 } });
        RowPrediction row = report.Errors.ChosenRows.Single();
        row.Texts.Select(t => t.Column).Should().Equal("Read", "Second", "Text");
        row.Texts[0].Text.Should().Be(row.Texts[2].Text.ToLowerInvariant());
        foreach (TokenAttribution token in row.Attribution!.Tokens) row.Texts[token.InPair ? 1 : 0].Text.Substring(token.Start, token.Length).Should().Be(token.Text);
        row.Attribution.Tokens.Should().Contain(t => t.InPair).And.Contain(t => !t.InPair);
        report.ToHtml().Should().Contain("<span class=\"column\">Read:</span>");
    }

    [Fact]
    public void Colours_end_where_a_text_is_cut_and_escape_it()
    {
        const string Text = "a <b> & warm \U0001F600 film";
        using TextClassificationTransformer model = RandomClassifier.Encoder(RandomClassifier.WordPiece([Text]));
        IDataView data = _ml.Data.LoadFromEnumerable([new TinyTexts.Row { Text = Text, Category = "a" }, new() { Text = Text, Category = "b" }, new() { Text = Text, Category = "c" }]);
        string whole = _ml.MulticlassClassification.ReportErrors(model, data, new() { LabelColumnName = "Category" }).ToHtml();
        Plain().Replace(whole, "").Should().Contain($">{System.Net.WebUtility.HtmlEncode(Text)}</p>");
        string cut = _ml.MulticlassClassification.ReportErrors(model, data, new() { LabelColumnName = "Category", Errors = new() { TextLength = 11 } }).ToHtml();
        Plain().Replace(cut, "").Should().Contain(">a &lt;b&gt; &amp; war…</p>").And.NotContain("film");
    }

    [Fact]
    public void Attributions_may_be_left_out_and_a_network_that_cannot_give_them_costs_nothing_else()
    {
        TextClassificationTransformer model = RandomClassifier.Cnn("a warm film");
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows(6).Select((r, i) => new TinyTexts.Row { Text = r.Text, Category = i % 2 == 0 ? "a" : "b" }));
        ErrorReport plain = _ml.MulticlassClassification.ReportErrors(model, data, new() { LabelColumnName = "Category", Errors = new() { AttributionSteps = 0 } });
        plain.Errors.Mistakes.Should().NotBeEmpty().And.OnlyContain(m => m.Attribution == null);
        plain.ToHtml().Should().NotContain("<mark");

        model.Dispose();
        var predictions = new Predictions([1], [0.9f], null, [new(0, 0, "b", 0.9), new(3, 0, "b", 0.8)], []);
        ModelErrors errors = new ErrorAnalysis(data, ["a", "b"], "Category", new(), default).Of(model, predictions, []).Own;
        errors.AttributionError.Should().Contain("disposed");
        errors.Mistakes.Select(m => m.Texts.Single().Text).Should().Equal(TinyTexts.Rows(6)[0].Text, TinyTexts.Rows(6)[3].Text);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        FluentActions.Invoking(() => new ErrorAnalysis(data, ["a", "b"], "Category", new(), cancelled.Token).Of(model, predictions, [])).Should().Throw<OperationCanceledException>();
    }

    [Fact]
    public void The_same_model_makes_the_same_report_and_leaves_no_tensors()
    {
        using TextClassificationTransformer model = RandomClassifier.Encoder(RandomClassifier.WordPiece(TinyTexts.Rows().Select(r => r.Text)));
        IDataView data = _ml.Data.LoadFromEnumerable(TinyTexts.Rows().Select((r, i) => new TinyTexts.Row { Text = r.Text, Category = i % 2 == 0 ? "a" : "b" }));
        string first = Report();
        Report().Should().Be(first);
        LiveTensors.ShouldLeaveNone(() => Report());

        string Report() => _ml.MulticlassClassification.ReportErrors(model, data, new() { LabelColumnName = "Category", Errors = new() { AttributionSteps = 3 } }).ToJson();
    }

    [GeneratedRegex("</?mark[^>]*>")]
    private static partial Regex Plain();

    private IEstimator<ITransformer> Key() => _ml.Transforms.Conversion.MapValueToKey("Label", "Category");

    private IEstimator<ITransformer> Bow() => Key().Append(_ml.Transforms.Text.FeaturizeText("Features", "Text")).Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(l2Regularization: 0.1f, l1Regularization: 0));

    private IEstimator<ITransformer> Bert() => Key().Append(_ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, new FineTuneTextOptions { Epochs = 3, BatchSize = 10, LearningRate = 5e-3, MaxLength = 24, Seed = 1 }))
        .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    private IEstimator<ITransformer> Cnn() => Key().Append(_ml.MulticlassClassification.Trainers.TextCnn(new TextCnnOptions { Epochs = 6, BatchSize = 10, EmbeddingSize = 8, FeatureMaps = 8, FilterWidths = [1, 2], LearningRate = 5e-3, Seed = 1 }));

    // Some labels are wrong on purpose, so that good models make mistakes.
    private static IEnumerable<TinyTexts.Row> Mislabelled() => TinyTexts.Rows(40).Select((r, i) => i % 6 == 0 ? new TinyTexts.Row { Text = r.Text, Category = r.Flag ? "bad" : "good" } : r);
}
