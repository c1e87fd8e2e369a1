using System.Text.Json;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

/// <summary>Answers against SQuAD's official script: Golden/metrics/squad.json.</summary>
public class AnswerScoreTests
{
    private const double Tolerance = 1e-9;

    [Fact]
    public void Scores_equal_the_official_scripts()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Golden.Path("metrics/squad.json")));
        List<AnswerScore> scores = [];
        foreach (JsonElement c in golden.RootElement.GetProperty("cases").EnumerateArray())
        {
            string prediction = c.GetProperty("prediction").GetString()!;
            AnswerScore.Normalize(prediction).Should().Be(c.GetProperty("normalized").GetString());
            scores.Add(AnswerScore.Of(prediction, [.. c.GetProperty("answers").EnumerateArray().Select(answer => answer.GetString()!)]));
            scores[^1].ExactMatch.Should().Be(c.GetProperty("exact_match").GetDouble(), prediction);
            scores[^1].F1.Should().BeApproximately(c.GetProperty("f1").GetDouble(), Tolerance, prediction);
        }
        JsonElement overall = golden.RootElement.GetProperty("overall");
        (100 * AnswerScore.Mean(scores).ExactMatch).Should().BeApproximately(overall.GetProperty("exact_match").GetDouble(), Tolerance);
        (100 * AnswerScore.Mean(scores).F1).Should().BeApproximately(overall.GetProperty("f1").GetDouble(), Tolerance);
    }

    // What the official script's normalize_answer gives under Python 3.11.
    [Theory]
    [InlineData("\u0130stanbul", "i\u0307stanbul")]
    [InlineData("\u039f\u0394\u039f\u03a3 \u03a3\u03b1", "\u03bf\u03b4\u03bf\u03c2 \u03c3\u03b1")]
    [InlineData("\u03a3", "\u03c3")]
    [InlineData("a\u0301 la carte", "\u0301 la carte")]
    [InlineData("the\u2014end", "\u2014end")]
    [InlineData("x\u001fy", "x y")]
    [InlineData("the\u00bd pint", "the\u00bd pint")]
    [InlineData("\u201ca\u201d", "\u201c \u201d")]
    [InlineData("O'Brien_the a.n", "obrienthe")]
    [InlineData("\U0001d400the an", "\U0001d400the")]
    [InlineData("a\u00a0b\u3000c", "b c")]
    [InlineData("a\u200bb", "\u200bb")]
    public void Text_is_normalised_as_python_does_it(string text, string expected) => AnswerScore.Normalize(text).Should().Be(expected);

    [Fact]
    public void Normalising_lower_case_and_white_space_changes_no_score() => AnySeed.Holds(random =>
    {
        string[] words = ["red", "the", "house", "U.S.", "1,000", "a", "\u00e9t\u00e9"];
        string prediction = Text(random), answer = Text(random);
        AnswerScore score = AnswerScore.Of(prediction, [answer]);
        AnswerScore.Of(prediction.ToUpperInvariant() + " !", [answer.Replace(" ", " \t ", StringComparison.Ordinal)]).Should().Be(score);
        AnswerScore.Of(answer, [prediction]).Should().Be(score, "both measures are symmetric");
        score.F1.Should().BeInRange(0, 1);
        if (score.ExactMatch == 1 && AnswerScore.Normalize(answer).Length > 0) score.F1.Should().Be(1);
        AnswerScore.Of(prediction, [answer, prediction]).ExactMatch.Should().Be(1);

        string Text(Random random) => string.Join(' ', random.GetItems(words, random.Next(1, 6)));
    });

    [Fact]
    public void Questions_without_answers_are_refused()
    {
        FluentActions.Invoking(() => AnswerScore.Of("Paris", [])).Should().Throw<ArgumentException>().WithMessage("No answer is expected to the question that got 'Paris'; expected one at least*");
        FluentActions.Invoking(() => AnswerScore.Mean([])).Should().Throw<ArgumentException>().WithMessage("There are no scores; expected one question at least.");
    }
}
