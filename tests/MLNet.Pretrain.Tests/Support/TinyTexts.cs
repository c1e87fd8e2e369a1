using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Small labelled texts and the smallest encoders that are still real ones.</summary>
internal static class TinyTexts
{
    public sealed class Row
    {
        public string Text { get; set; } = "";

        public string Category { get; set; } = "";

        public bool Flag { get; set; }
    }

    public static ScratchEncoder Encoder { get; } = new() { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 32, VocabularySize = 200 };

    /// <summary>Two easily told classes, many lengths.</summary>
    public static IReadOnlyList<Row> Rows(int count = 60)
    {
        string[] good = ["a fine warm film", "good and moving", "warm good fun for all the family", "fine"];
        string[] bad = ["a dull cold film", "bad and slow", "cold bad waste of an evening in town", "dull"];
        return [.. Enumerable.Range(0, count).Select(i => new Row
        {
            Text = (i % 2 == 0 ? good : bad)[i / 2 % 4] + string.Concat(Enumerable.Repeat(" film", i % 7)),
            Category = i % 2 == 0 ? "good" : "bad",
            Flag = i % 2 == 0,
        })];
    }

    public static IDataView View(MLContext ml, int count = 60) => ml.Data.LoadFromEnumerable(Rows(count));
}
