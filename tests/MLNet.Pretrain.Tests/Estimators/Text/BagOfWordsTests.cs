using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class BagOfWordsTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Every_component_is_scikit_learns()
    {
        JsonElement golden = JsonDocument.Parse(File.ReadAllText(Golden.Path("bagofwords/tfidf.json"))).RootElement;
        IDataView data = View([.. golden.GetProperty("texts").EnumerateArray().Select(t => t.GetString()!)]);
        foreach (JsonElement c in golden.GetProperty("cases").EnumerateArray())
        {
            var options = new BagOfWordsOptions { NgramLength = c.GetProperty("ngramLength").GetInt32(), MinTextCount = c.GetProperty("minTextCount").GetInt32(), Splitting = new() { Unit = WordUnit.Whitespace } };
            Dictionary<string, float>[] ours = Named(_ml.Transforms.Text.BagOfWords("Features", "Text", options).Fit(data).Transform(data));
            JsonElement[] rows = [.. c.GetProperty("rows").EnumerateArray()];
            for (int i = 0; i < rows.Length; i++)
            {
                var expected = rows[i].EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetSingle());
                ours[i].Keys.Should().BeEquivalentTo(expected.Keys);
                foreach ((string name, float value) in expected) ours[i][name].Should().BeApproximately(value, 1e-6f, name);
            }
        }
    }

    [Fact]
    public void Counts_presence_limits_and_tokens_are_as_asked()
    {
        IDataView data = View(["a b a b c", "a b", "d"]);
        Named(Fit(new() { Weighting = NgramWeighting.Count, Normalize = false }))[0].Should().BeEquivalentTo(new Dictionary<string, float> { ["a"] = 2, ["b"] = 2, ["c"] = 1, ["a b"] = 2, ["b a"] = 1, ["b c"] = 1 });
        Named(Fit(new() { Weighting = NgramWeighting.Presence, Normalize = false, NgramLength = 1 }))[0].Values.Should().OnlyContain(v => v == 1);
        Named(Fit(new() { MaxFeatures = 3, Weighting = NgramWeighting.Count, Normalize = false }))[0].Keys.Should().BeEquivalentTo("a", "b", "a b");
        IDataView tokens = _ml.Transforms.Text.TokenizeIntoWords("Text").Fit(data).Transform(data);
        Named(_ml.Transforms.Text.BagOfWords("Features", "Text").Fit(tokens).Transform(tokens)).Should().BeEquivalentTo(Named(Fit(new())));
        Named(_ml.Transforms.Text.BagOfWords("Features", "Text", new() { NgramLength = 3 }).Fit(data).Transform(View(["a unknown b c"])))[0].Keys.Should().BeEquivalentTo(["a", "b", "c", "b c"], "an unknown word parts n-grams");

        IDataView Fit(BagOfWordsOptions options) => _ml.Transforms.Text.BagOfWords("Features", "Text", options).Fit(data).Transform(data);
    }

    [Fact]
    public void Bad_options_and_empty_data_are_refused()
    {
        foreach (BagOfWordsOptions options in (BagOfWordsOptions[])[new() { NgramLength = 0 }, new() { MinTextCount = 0 }, new() { MaxFeatures = 0 }, new() { Weighting = (NgramWeighting)7 }])
            FluentActions.Invoking(() => _ml.Transforms.Text.BagOfWords("Features", "Text", options)).Should().Throw<ArgumentException>().WithMessage("BagOfWords: *expected*");
        FluentActions.Invoking(() => _ml.Transforms.Text.BagOfWords("Features", "Text").Fit(View([]))).Should().Throw<InvalidOperationException>().WithMessage("*no training rows*");
        FluentActions.Invoking(() => _ml.Transforms.Text.BagOfWords("Features", "Text", new() { MinTextCount = 2 }).Fit(View(["a", "b"]))).Should().Throw<InvalidOperationException>().WithMessage("*lower MinTextCount*");
    }

    private static Dictionary<string, float>[] Named(IDataView scored)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Features"].GetSlotNames(ref names);
        string[] all = [.. names.DenseValues().Select(n => n.ToString())];
        return [.. scored.GetColumn<VBuffer<float>>("Features").Select(row => row.Items().Where(i => i.Value != 0).ToDictionary(i => all[i.Key], i => i.Value))];
    }

    private IDataView View(string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));
}
