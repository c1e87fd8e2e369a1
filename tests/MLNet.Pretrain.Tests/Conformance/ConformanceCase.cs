using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>All that the suite needs of an estimator: how to make it, data it accepts, data it must refuse. Adding a component adds one of these.</summary>
internal sealed record ConformanceCase
{
    public required string Name { get; init; }

    /// <summary>Makes the estimator with small, fast settings.</summary>
    public required Func<MLContext, IEstimator<ITransformer>> Create { get; init; }

    /// <summary>Rows it fits and scores. Read as <see cref="Row"/> with the label mapped as the component wants it.</summary>
    public Func<MLContext, IEnumerable<Row>, IDataView> Load { get; init; } = static (ml, rows) => ml.Data.LoadFromEnumerable(rows);

    /// <summary>Columns the component adds.</summary>
    public required IReadOnlyList<string> Outputs { get; init; }

    /// <summary>Columns it reads: taken away or given another type they must be refused.</summary>
    public required IReadOnlyList<string> Inputs { get; init; }

    /// <summary>Columns read by <c>Fit</c> alone: a fitted transformer works without them.</summary>
    public IReadOnlyList<string> FitInputs { get; init; } = [];

    /// <summary>A stock trainer or transform that may follow in a chain.</summary>
    public Func<MLContext, IEstimator<ITransformer>>? Next { get; init; }

    /// <summary>The options as text, to see that Fit leaves them alone.</summary>
    public Func<string> Options { get; init; } = static () => "";

    /// <summary>Forward passes run so far, to see laziness.</summary>
    public required Func<ITransformer, long> Forwards { get; init; }

    /// <summary>The same estimator stopped by the token; null for one whose Fit is instant.</summary>
    public Func<MLContext, CancellationToken, Action, IEstimator<ITransformer>>? CreateCancellable { get; init; }

    public override string ToString() => Name;

    /// <summary>The suite's rows.</summary>
    public sealed class Row
    {
        public string Text { get; set; } = "";

        public string Other { get; set; } = "";

        public bool Flag { get; set; }

        public string Category { get; set; } = "";

        [VectorType(3)]
        public float[] Numbers { get; set; } = [0, 0, 0];

        public float Order { get; set; }
    }

    /// <summary>Two easily told classes of short texts, of many lengths.</summary>
    public static IReadOnlyList<Row> Rows(int count = 40)
    {
        string[] good = ["a fine warm film", "good and moving", "warm good fun for all the family", "fine"];
        string[] bad = ["a dull cold film", "bad and slow", "cold bad waste of an evening in town", "dull"];
        return [.. Enumerable.Range(0, count).Select(i => new Row
        {
            Text = (i % 2 == 0 ? good : bad)[i / 2 % 4] + string.Concat(Enumerable.Repeat(" film", i % 5)),
            Other = i % 3 == 0 ? "a film" : "the evening was slow",
            Flag = i % 2 == 0,
            Category = i % 2 == 0 ? "good" : "bad",
            Numbers = [i, 1, -i],
            Order = i,
        })];
    }
}
