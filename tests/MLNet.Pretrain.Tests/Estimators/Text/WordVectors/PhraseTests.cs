using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

public sealed class PhraseTests
{
    private static readonly MLContext s_ml = new(1);

    [Fact]
    public void A_second_pass_scores_by_the_words_that_the_first_left()
    {
        // word2phrase run twice with -threshold 2 -min-count 1 joins a and b, and no more: in the second pass 300 words are left of 400, and
        // (60 - 1) / (100 x 100) x 300 is below 2, where x 400 were above it.
        string[] rows = [.. Enumerable.Repeat("a b c", 60), .. Enumerable.Repeat("a b", 40), .. Enumerable.Repeat("c", 40), .. Enumerable.Range(0, 100).Select(i => $"f{i}")];
        PhraseTransformer phrases = s_ml.Transforms.Text.DetectPhrases("Words", "Text", new() { MinCount = 1, Threshold = 2, Passes = 2 }).Fit(View(rows));
        phrases.Phrases.Should().Contain("a_b").And.NotContain("a_b_c");
        Words(phrases, "a b c").Should().Equal("a_b", "c");
        Words(s_ml.Transforms.Text.DetectPhrases("Words", "Text", new() { MinCount = 1, Threshold = 1.7, Passes = 2 }).Fit(View(rows)), "a b c").Should().Equal("a_b_c");
    }

    [Fact]
    public void A_pair_is_joined_only_where_it_was_scored()
    {
        using var folder = new TestFolder();
        string[] rows = [.. Enumerable.Range(0, 200).Select(i => $"a{i % 40} new york times b{i % 40}"), "new york_times"];
        PhraseTransformer phrases = s_ml.Transforms.Text.DetectPhrases("Words", "Text", new() { Threshold = 1, Passes = 2 }).Fit(View(rows));
        s_ml.Model.Save(phrases, View(rows).Schema, folder.File("m.zip"));
        foreach (PhraseTransformer model in (PhraseTransformer[])[phrases, (PhraseTransformer)s_ml.Model.Load(folder.File("m.zip"), out _)])
        {
            model.Phrases.Should().Contain(["new_york", "new_york_times"]).And.OnlyHaveUniqueItems();
            Words(model, "New York Times").Should().Equal("new_york_times");
            Words(model, "new york_times").Should().Equal(["new", "york_times"], "the same letters in other words were seen once");
        }
    }

    private static string[] Words(PhraseTransformer phrases, string text) => phrases.Transform(View([text])).GetColumn<string[]>("Words").Single();

    private static IDataView View(string[] rows) => s_ml.Data.LoadFromEnumerable(rows.Select(text => new TinyTexts.Row { Text = text }));
}
