using System.Text.Json;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

/// <summary>Entities against seqeval and conlleval: Golden/metrics/seqeval.json.</summary>
public class SpanScoresTests
{
    private const double Tolerance = 1e-9;

    [Fact]
    public void Scores_equal_seqevals_and_conllevals()
    {
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllText(Golden.Path("metrics/seqeval.json")));
        foreach (JsonElement c in cases.RootElement.EnumerateArray())
        {
            string[][] truth = Rows(c.GetProperty("y_true")), predicted = Rows(c.GetProperty("y_pred"));
            SpanScores lenient = SpanScores.OfTags(truth, predicted, TagScheme.Bio);
            Check(lenient.Overall, c.GetProperty("default"), "f1");
            Check(lenient.Overall, c.GetProperty("conlleval"), "f1", 100);
            Check(SpanScores.OfTags(truth, predicted, TagScheme.Bio, TagReading.Strict).Overall, c.GetProperty("strict_IOB2"), "f1");
            Near(lenient.MacroF1, c.GetProperty("default").GetProperty("macro_f1"));
            Near(lenient.WeightedF1, c.GetProperty("default").GetProperty("weighted_f1"));

            JsonElement types = c.GetProperty("default").GetProperty("per_type");
            lenient.Types.Keys.Should().Equal(types.EnumerateObject().Select(type => type.Name).Where(name => !name.EndsWith(" avg", StringComparison.Ordinal)));
            foreach ((string name, MatchCounts counts) in lenient.Types)
            {
                Check(counts, types.GetProperty(name), "f1-score");
                counts.Actual.Should().Be(types.GetProperty(name).GetProperty("support").GetInt64());
            }

            var vocabulary = TagVocabulary.OfTypes(lenient.Types.Keys, TagScheme.Bio);
            var tokens = new ConfusionCounts([.. truth.SelectMany(row => vocabulary.ToIds(row))], [.. predicted.SelectMany(row => vocabulary.ToIds(row))], vocabulary.Tags.Count);
            Near(tokens.Accuracy, c.GetProperty("default").GetProperty("accuracy"));
        }

        static string[][] Rows(JsonElement rows) => [.. rows.EnumerateArray().Select(row => row.EnumerateArray().Select(tag => tag.GetString()!).ToArray())];

        static void Check(MatchCounts counts, JsonElement expected, string f1, double scale = 1)
        {
            Near(counts.Precision * scale, expected.GetProperty("precision"));
            Near(counts.Recall * scale, expected.GetProperty("recall"));
            Near(counts.F1 * scale, expected.GetProperty(f1));
        }

        static void Near(double ours, JsonElement expected) => ours.Should().BeApproximately(expected.GetDouble(), Tolerance);
    }

    [Fact]
    public void Scores_do_not_depend_on_the_scheme_of_the_same_entities()
    {
        string[][] truth = [["B-A", "I-A", "O", "B-B"], ["B-A"]], predicted = [["B-A", "I-A", "B-B", "I-B"], ["O"]];
        SpanScores bio = SpanScores.OfTags(truth, predicted, TagScheme.Bio), bioes = SpanScores.OfTags(Bioes(truth), Bioes(predicted), TagScheme.Bioes, TagReading.WellFormed);
        bioes.Types.Should().Equal(bio.Types);
        bio.Overall.Should().Be(new MatchCounts(1, 2, 3));

        static string[][] Bioes(string[][] rows) => [.. rows.Select(row => TagSequence.Convert(row, TagScheme.Bio, TagScheme.Bioes))];
    }

    [Fact]
    public void Swapping_truth_and_prediction_swaps_precision_and_recall() => AnySeed.Holds(random =>
    {
        TagSpan[][] truth = Rows(random), predicted = Rows(random);
        SpanScores scores = SpanScores.OfSpans(truth, predicted), swapped = SpanScores.OfSpans(predicted, truth);
        (swapped.Overall.Precision, swapped.Overall.Recall, swapped.Overall.F1).Should().Be((scores.Overall.Recall, scores.Overall.Precision, scores.Overall.F1));
        scores.Overall.Right.Should().Be(truth.Zip(predicted, (t, p) => t.Intersect(p).Count()).Sum());
        SpanScores.OfSpans(truth, truth).Types.Values.Any(type => type.F1 != 1).Should().BeFalse();

        // Entities may lie over one another and come twice.
        static TagSpan[][] Rows(Random random) => [.. Enumerable.Range(0, 4).Select(_ =>
            Enumerable.Range(0, random.Next(5)).Select(_ => new TagSpan(random.Next(2) == 0 ? "A" : "B", random.Next(4), random.Next(1, 3))).ToArray())];
    });

    [Fact]
    public void Without_entities_all_scores_are_0()
    {
        SpanScores none = SpanScores.OfTags([["O"]], [["O"]], TagScheme.Bio);
        (none.Overall.Precision, none.Overall.Recall, none.Overall.F1, none.MacroF1, none.WeightedF1, none.Types.Count).Should().Be((0, 0, 0, 0, 0, 0));
    }

    [Fact]
    public void Rows_that_do_not_match_are_refused()
    {
        Refused<ArgumentException>([["O"]], [["O"], ["O"]], "There are 1 rows of true tags and 2 of predicted ones; expected as many of one as of the other, and one row at least.");
        Refused<ArgumentException>([], [], "There are 0 rows of true tags*");
        Refused<ArgumentException>([["O"], ["O", "O"]], [["O"], ["O"]], "Row 1 has 2 true and 1 predicted tags; expected one of each a token.");
        Refused<FormatException>([["O"], ["O"]], [["O"], ["PER"]], "Row 1, token 0 has the tag 'PER'; expected O, B-<type> or I-<type>.");

        static void Refused<T>(string[][] truth, string[][] predicted, string message) where T : Exception =>
            FluentActions.Invoking(() => SpanScores.OfTags(truth, predicted, TagScheme.Bio)).Should().Throw<T>().WithMessage(message);
    }
}
