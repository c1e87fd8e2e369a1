using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>All that the suite needs of an estimator: how to make it, data it accepts, data it must refuse. Adding a component adds one of these.</summary>
internal sealed record ConformanceCase
{
    public required string Name { get; init; }

    /// <summary>Makes the estimator with small, fast settings and a fixed seed.</summary>
    public required Func<MLContext, IEstimator<ITransformer>> Create { get; init; }

    /// <summary>Columns the component adds.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>Columns that the fitted transformer reads: taken away or given another type they must be refused.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Columns read by <c>Fit</c> alone.</summary>
    public IReadOnlyList<string> FitInputs { get; init; } = [];

    /// <summary>Whether <c>Fit</c> needs rows.</summary>
    public bool NeedsRows { get; init; }

    /// <summary>Windows computed so far, to see laziness.</summary>
    public required Func<ITransformer, long> Windows { get; init; }

    /// <summary>The same estimator with much work, stopped by the token, which is cancelled when the action is called; null where it takes no token.</summary>
    public Func<MLContext, CancellationToken, Action, IEstimator<ITransformer>>? Cancellable { get; init; }

    public override string ToString() => Name;

    /// <summary>The suite's rows, with the label mapped to a key and the topics to a vector of keys.</summary>
    public static IDataView Data(MLContext ml, int count = 40) => Data(ml, Rows(count));

    /// <summary>So many rows that none reads them all, and an action before each.</summary>
    public static IDataView Data(MLContext ml, int count, Action<int> beforeRow)
    {
        IReadOnlyList<Row> rows = Rows(40);
        return Data(ml, Enumerable.Range(0, count).Select(i =>
        {
            beforeRow(i);
            return rows[i % rows.Count];
        }));
    }

    private static IDataView Data(MLContext ml, IEnumerable<Row> rows) =>
        ml.Transforms.Conversion.MapValueToKey([new("Label", "Category"), new("Topics", "Topics")]).Fit(ml.Data.LoadFromEnumerable(Rows(4))).Transform(ml.Data.LoadFromEnumerable(rows));

    private static IReadOnlyList<Row> Rows(int count)
    {
        string[] good = ["a fine warm film", "good and moving", "warm good fun for all the family", "fine"];
        string[] bad = ["a dull cold film", "bad and slow", "cold bad waste of an evening in town", "dull"];
        Row[] made = [.. Enumerable.Range(0, count).Select(i => new Row
        {
            Text = (i % 2 == 0 ? good : bad)[i / 2 % 4] + string.Concat(Enumerable.Repeat(" film", i % 5)),
            Other = i % 3 == 0 ? "a film" : "the evening was slow",
            Flag = i % 2 == 0,
            Category = i % 2 == 0 ? "good" : "bad",
            Numbers = [i, 1, -i],
            Order = i,
        })];
        foreach (Row row in made) row.Topics = [.. row.Tokens.Intersect(["film", "warm", "cold"])];
        foreach (Row row in made) row.Tags = [.. row.Tokens.Select(word => word == "film" ? "B-ART" : word is "a" or "the" or "and" or "in" or "of" ? "O" : "B-WORD")];
        return made;
    }

    public sealed class Row
    {
        public string Text { get; set; } = "";

        public string Other { get; set; } = "";

        /// <summary>The words of the text.</summary>
        public string[] Tokens
        {
            get => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            set => Text = string.Join(' ', value);
        }

        /// <summary>A tag a word.</summary>
        public string[] Tags { get; set; } = [];

        /// <summary>Any number of labels.</summary>
        public string[] Topics { get; set; } = [];

        public bool Flag { get; set; }

        public string Category { get; set; } = "";

        [VectorType(3)]
        public float[] Numbers { get; set; } = [0, 0, 0];

        public float Order { get; set; }
    }
}
