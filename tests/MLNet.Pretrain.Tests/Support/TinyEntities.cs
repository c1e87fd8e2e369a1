using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Sentences of people and places with their tags, in words that every rule divides alike.</summary>
internal static class TinyEntities
{
    private static readonly string[] s_first = ["Anna", "Ben", "Clara", "David", "Emma"], s_last = ["Berg", "Stone", "Weber", "Hill"];
    private static readonly string[][] s_places = [["Paris"], ["New", "York"], ["Rome"], ["Rio", "de", "Janeiro"]];

    public sealed class Row
    {
        public string Text { get; set; } = "";

        public string[] Words { get; set; } = [];

        public string[] Tags { get; set; } = [];
    }

    /// <summary>The smallest encoder that learns them.</summary>
    public static ScratchEncoder Encoder { get; } = new() { LayerCount = 1, HiddenSize = 32, HeadCount = 2, MaxPositions = 64, VocabularySize = 200, Dropout = 0 };

    public static IReadOnlyList<Row> Rows(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => Of(random))];
    }

    public static IDataView View(MLContext ml, int count = 120, int seed = 1) => ml.Data.LoadFromEnumerable(Rows(count, seed));

    /// <summary>A row of so many sentences.</summary>
    public static Row Long(int sentences, int seed)
    {
        IReadOnlyList<Row> rows = Rows(sentences, seed);
        return new() { Text = string.Join(' ', rows.Select(row => row.Text)), Words = [.. rows.SelectMany(row => row.Words)], Tags = [.. rows.SelectMany(row => row.Tags)] };
    }

    private static Row Of(Random random)
    {
        List<(string Word, string Tag)> words = random.Next(4) switch
        {
            0 => [.. Person(), .. Plain("lives in"), .. Place()],
            1 => [.. Plain("in"), .. Place(), .. Plain("we met"), .. Person()],
            2 => [.. Person(), .. Plain("and"), .. Person(), .. Plain("left"), .. Place()],
            _ => [.. Plain("it rained again")],
        };
        words.Add((".", "O"));
        string text = string.Join(' ', words.Select(w => w.Word)).Replace(" .", ".", StringComparison.Ordinal);
        return new Row { Text = text, Words = [.. words.Select(w => w.Word)], Tags = [.. words.Select(w => w.Tag)] };

        IEnumerable<(string, string)> Person() => random.Next(2) == 0 ? Entity([Pick(s_first)], "PER") : Entity([Pick(s_first), Pick(s_last)], "PER");
        IEnumerable<(string, string)> Place() => Entity(Pick(s_places), "LOC");
        T Pick<T>(T[] from) => from[random.Next(from.Length)];
    }

    private static IEnumerable<(string, string)> Entity(string[] words, string type) => words.Select((word, i) => (word, (i == 0 ? "B-" : "I-") + type));

    private static IEnumerable<(string, string)> Plain(string words) => words.Split(' ').Select(word => (word, "O"));
}
