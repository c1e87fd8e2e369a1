using System.Text.Json;
using Microsoft.ML;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Comparison;

/// <summary>Reports of predictions that are given, so that it is known what they must say.</summary>
public sealed class ErrorReportTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Mistakes_come_by_the_probability_of_what_was_predicted_and_ties_by_row()
    {
        Binary[] rows =
        [
            new() { Text = "right", Label = true, Guess = true, Probability = 0.99f },
            new() { Text = "sure yes", Label = false, Guess = true, Probability = 0.75f },
            new() { Text = "unsure no", Label = true, Guess = false, Probability = 0.375f },
            new() { Text = "surest no", Label = true, Guess = false, Probability = 0.125f },
            new() { Text = "sure no", Label = true, Guess = false, Probability = 0.25f },
        ];
        ErrorReport report = Report(rows);
        report.Classes.Should().Equal("False", "True");
        (report.Confusion[0, 1], report.Confusion[1, 0], report.Confusion[1, 1]).Should().Be((1, 3, 1));
        report.Errors.Mistakes.Select(m => (m.Row, m.Truth, m.Predicted, m.Probability)).Should().Equal(
            (3, "True", "False", 0.875), (1, "False", "True", 0.75), (4, "True", "False", 0.75), (2, "True", "False", 0.625));
        report.Errors.Mistakes[0].Texts.Should().Equal(new RowText("Text", "surest no", false));
        report.LogLoss.Should().BeApproximately(-(Math.Log(0.99) + Math.Log(0.25) + Math.Log(0.375) + Math.Log(0.125) + Math.Log(0.25)) / 5, 1e-6);
        Report(rows, new() { Errors = new() { Mistakes = 2 } }).Errors.Mistakes.Select(m => m.Row).Should().Equal(3, 1);
    }

    [Fact]
    public void Without_probabilities_the_first_mistakes_are_listed_and_say_nothing_of_confidence()
    {
        Named[] rows = [.. Enumerable.Range(0, 9).Select(i => new Named { Text = $"text {i}", Label = "a", Guess = i % 2 == 0 ? "b" : "a" })];
        ErrorReport report = Report(rows, new() { Errors = new() { Mistakes = 3, Rows = [1] } });
        report.Errors.Mistakes.Select(m => (m.Row, m.Probability)).Should().Equal((0, null), (2, null), (4, null));
        report.LogLoss.Should().BeNull();
        report.ToString().Should().Contain("'a' taken for 'b', row 2: text 2").And.NotContain("log-loss").And.Contain("First mistakes, as there are no probabilities");

        // What began as probabilities may turn out to be none.
        Binary[] scores = [.. Enumerable.Range(0, 4).Select(i => new Binary { Text = "t", Label = false, Guess = true, Probability = i == 3 ? 7 : 0.5f + 0.1f * i })];
        ErrorReport none = Report(scores, new() { Errors = new() { Mistakes = 2, Rows = [0] } });
        none.Errors.Mistakes.Select(m => (m.Row, m.Probability)).Should().Equal((0, null), (1, null));
        none.Errors.ChosenRows.Single().Probability.Should().BeNull();
    }

    [Fact]
    public void Users_texts_and_names_are_escaped_in_every_form()
    {
        Named[] rows = [new() { Text = "<script>alert('\"&')</script> [x](javascript:1) `code` *b* a\\|b\nnext \u202e \u0007", Label = "<b>a</b>|", Guess = "<i>b" }, new() { Text = "fine", Label = "<i>b", Guess = "<i>b" }];
        ErrorReport report = Report(rows, new() { Title = "<u>t" });
        string html = report.ToHtml();
        html.Should().NotContain("<script").And.NotContain("<b>a</b>").And.NotContain("<i>b").And.NotContain("<u>").And.Contain("&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;");
        html.Should().NotContain("src=").And.NotContain("<link").And.NotContain("@import").And.NotContain("url(");
        html.Should().Contain("prefers-color-scheme: dark").And.Contain("width=device-width");
        string markdown = report.ToMarkdown();
        markdown.Should().NotContain("<script").And.NotContain("<i>").And.Contain(@"\[x\](javascript:1) \`code\` \*b\* a\\\|b next");
        report.ToString().Should().NotContain("\u0007").And.Contain("a\\|b next");
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        json.RootElement.GetProperty("errors").GetProperty("mistakes")[0].GetProperty("texts")[0].GetProperty("text").GetString().Should().Be(rows[0].Text);
    }

    [Fact]
    public void Of_a_hundred_classes_those_with_most_mistakes_are_named()
    {
        // Each class is right twice; class c99 is five times taken for c98, c50 four times for c51, and a few more once for c00.
        IEnumerable<Named> rows = Enumerable.Range(0, 100).SelectMany(c => Enumerable.Repeat(Row(c, c), 2))
            .Concat(Enumerable.Repeat(Row(99, 98), 5)).Concat(Enumerable.Repeat(Row(50, 51), 4)).Concat(Enumerable.Range(60, 20).Select(c => Row(c, 0)));
        ErrorReport report = Report([.. rows], new() { Errors = new() { Mistakes = 0 } });
        report.Classes.Should().HaveCount(100);
        string html = report.ToHtml(), table = html[html.IndexOf("class=\"confusion\"", StringComparison.Ordinal)..];
        table = table[..table.IndexOf("</table>", StringComparison.Ordinal)];
        table.Split("<tr>").Should().HaveCount(2 + 20, "a header and twenty rows");
        table.Should().Contain(">c99<").And.Contain(">c98<").And.Contain(">c50<").And.Contain(">c51<").And.Contain(">c00<").And.Contain(">81 others<").And.NotContain(">c01<");
        string text = report.ToString();
        text.IndexOf("c99               c98", StringComparison.Ordinal).Should().BePositive().And.BeLessThan(text.IndexOf("c50               c51", StringComparison.Ordinal));
        using JsonDocument json = JsonDocument.Parse(report.ToJson());
        JsonElement counts = json.RootElement.GetProperty("confusion");
        (counts.GetArrayLength(), counts[99].GetArrayLength(), counts[99][98].GetInt32()).Should().Be((100, 100, 5));

        static Named Row(int truth, int guess) => new() { Text = "secret", Label = $"c{truth:00}", Guess = $"c{guess:00}" };
    }

    [Fact]
    public void Where_no_rows_are_wanted_no_text_leaves_the_data()
    {
        Named[] rows = [new() { Text = "secret", Label = "a", Guess = "b" }, new() { Text = "secret", Label = "b", Guess = "b" }];
        ErrorReport report = Report(rows, new() { Errors = new() { Mistakes = 0 } });
        foreach (string form in (string[])[report.ToHtml(), report.ToJson(), report.ToMarkdown(), report.ToString()]) form.Should().NotContain("secret").And.Contain("0.5");
    }

    [Fact]
    public void All_text_columns_are_shown_or_those_that_are_named()
    {
        Named[] rows = [new() { Text = "one \U0001F600", Other = "two", Label = "a", Guess = "b" }, new() { Text = "", Label = "b", Guess = "b" }];
        Report(rows).Errors.Mistakes.Single().Texts.Select(t => (t.Column, t.Text)).Should().Equal(("Text", "one \U0001F600"), ("Other", "two"), ("Guess", "b"));
        Report(rows, new() { Errors = new() { TextColumnNames = ["Other"] } }).Errors.Mistakes.Single().Texts.Single().Text.Should().Be("two");
        RowText cut = Report(rows, new() { Errors = new() { TextColumnNames = ["Text"], TextLength = 5 } }).Errors.Mistakes.Single().Texts.Single();
        cut.Should().Be(new RowText("Text", "one ", true), "a character is not cut in two");
        Refused(new() { TextColumnNames = ["Nope"] }, "ReportErrors: the test data has no column 'Nope', which TextColumnNames lists*'Text', 'Other'*");
        Refused(new() { TextColumnNames = ["Number"] }, "*column 'Number'*is Single; expected Text*");
        Refused(new() { TextLength = 0 }, "*TextLength is 0*");
        Refused(new() { Mistakes = -1 }, "*Mistakes is -1*");
        Refused(new() { AttributionSteps = -1 }, "*AttributionSteps is -1*");
        Refused(new() { Rows = [0, 2] }, "*Rows has 2; expected positions from 0 to 1, as the test data has 2 rows*");
        Refused(new() { Rows = [-1] }, "*Rows has -1*");

        void Refused(ErrorOptions errors, string message) => FluentActions.Invoking(() => Report(rows, new() { Errors = errors })).Should().Throw<ArgumentException>().WithMessage(message);
    }

    [Fact]
    public void Chosen_rows_are_listed_as_asked_right_wrong_or_without_a_label()
    {
        Named[] rows = [new() { Text = "right", Label = "a", Guess = "a" }, new() { Text = "wrong", Label = "a", Guess = "b" }, new() { Text = "unlabelled", Guess = "b" }, new() { Text = "other", Label = "b", Guess = "b" }];
        ErrorReport report = Report(rows, new() { Errors = new() { Rows = [2, 0, 1] } });
        report.Errors.ChosenRows.Select(r => (r.Row, r.Truth, r.Predicted, r.Texts[0].Text)).Should().Equal((2, null, "b", "unlabelled"), (0, "a", "a", "right"), (1, "a", "b", "wrong"));
        report.Confusion.RowCount.Should().Be(3);
        report.ToString().Should().Contain("'a', as predicted, row 0: right").And.Contain("predicted 'b', row 2: unlabelled");
        report.ToHtml().Should().Contain("<b>a</b>, as predicted · row 0").And.Contain("predicted <b>b</b> · row 2");
    }

    [Fact]
    public void Predictions_of_no_known_class_have_a_column_of_their_own()
    {
        Named[] rows = [new() { Text = "t", Label = "a", Guess = "new" }, new() { Text = "t", Label = "b", Guess = "" }, new() { Text = "t", Label = "a", Guess = "a" }];
        ErrorReport report = Report(rows);
        report.Errors.Mistakes.Select(m => m.Predicted).Should().Equal("new", null);
        report.ToHtml().Should().Contain("none of these").And.Contain("<b>b</b> taken for no class");
        report.Confusion.Accuracy.Should().BeApproximately(1 / 3.0, 1e-9);
    }

    [Fact]
    public void Missing_columns_and_rows_are_named()
    {
        Named[] rows = [new() { Text = "t", Label = "a", Guess = "b" }];
        FluentActions.Invoking(() => Report(rows, new() { LabelColumnName = "Nope" })).Should().Throw<ArgumentException>().WithMessage("ReportErrors: the test data has no column 'Nope'*LabelColumnName*");
        FluentActions.Invoking(() => Report(rows, new() { PredictedLabelColumnName = "Nope" })).Should().Throw<ArgumentException>().WithMessage("ReportErrors: the model gives no column 'Nope'*PredictedLabelColumnName*");
        FluentActions.Invoking(() => Report([new Named { Guess = "b" }])).Should().Throw<InvalidOperationException>().WithMessage("ReportErrors: the test data has no row with a value in column 'Label'*");
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        FluentActions.Invoking(() => _ml.MulticlassClassification.ReportErrors(null!, data)).Should().Throw<ArgumentNullException>();
    }

    private ErrorReport Report(IEnumerable<Binary> rows, ErrorReportOptions? options = null)
    {
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        return _ml.BinaryClassification.ReportErrors(_ml.Transforms.CopyColumns("PredictedLabel", "Guess").Fit(data), data, options);
    }

    private ErrorReport Report(IEnumerable<Named> rows, ErrorReportOptions? options = null)
    {
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        return _ml.MulticlassClassification.ReportErrors(_ml.Transforms.CopyColumns("PredictedLabel", "Guess").Fit(data), data, options);
    }

    private sealed class Binary
    {
        public string Text { get; set; } = "";

        public bool Label { get; set; }

        public bool Guess { get; set; }

        public float Probability { get; set; }
    }

    private sealed class Named
    {
        public string Text { get; set; } = "";

        public string Other { get; set; } = "";

        public float Number { get; set; }

        public string Label { get; set; } = "";

        public string Guess { get; set; } = "";
    }

    [Fact]
    public void A_binary_label_of_zeros_and_ones_is_the_same_truth_in_reports_and_comparisons()
    {
        var ml = new MLContext(1);
        IDataView data = ml.Data.LoadFromEnumerable(MLNet.Pretrain.Tests.Support.TinyTexts.Rows(80).Select(r => new Numbered { Text = r.Text, Label = r.Flag ? 1 : 0 }));
        var cnn = ml.BinaryClassification.Trainers.TextCnn(new() { EmbeddingSize = 8, FeatureMaps = 8, Epochs = 20, BatchSize = 16, LearningRate = 1e-2, Seed = 1 });
        using TextClassificationTransformer model = cnn.Fit(data);
        ErrorReport report = ml.BinaryClassification.ReportErrors(model, data);
        report.Classes.Should().Equal("0", "1");
        report.Confusion.Accuracy.Should().BeGreaterThan(0.95);
        report.LogLoss.Should().BeLessThan(0.2);
        using ComparisonReport comparison = ml.BinaryClassification.Compare(data, data, new() { ["one"] = cnn, ["other"] = cnn });
        comparison.Candidates.Should().OnlyContain(c => c.Full.Accuracy > 0.95);
    }

    private sealed class Numbered
    {
        public string Text { get; set; } = "";

        public float Label { get; set; }
    }
}
