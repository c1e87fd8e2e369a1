using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A number as label.</summary>
internal sealed class RegressionLabel : ITextLabel
{
    public LabelKind Kind => LabelKind.Value;

    public void Check(string owner, SchemaShape.Column label)
    {
        if (label.IsKey || label.Kind != SchemaShape.Column.VectorKind.Scalar || label.ItemType != NumberDataViewType.Single)
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {owner} for regression reads Single. Convert it with Transforms.Conversion.ConvertType.");
    }

    public IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label) => [SchemaShapes.Scalar("Score", NumberDataViewType.Single, ScoreShapes.Annotations)];

    public IPredictionColumns Columns(DataViewSchema.Column label) => new RegressionColumns(0, 1);

    public Func<double> Reader(DataViewRow row, DataViewSchema.Column label)
    {
        ValueGetter<float> getter = row.GetGetter<float>(label);
        float value = 0;
        return () =>
        {
            getter(ref value);
            return float.IsInfinity(value) ? throw new InvalidOperationException($"A row of label column '{label.Name}' is {(value > 0 ? "" : "-")}infinite; expected numbers, or NaN where there is none.") : value;
        };
    }

    public void CheckRows(string owner, TokenStore rows, string labelColumnName)
    {
        float first = rows.Label(0);
        for (long row = 1; row < rows.Count; row++)
            if (rows.Label(row) != first) return;
        throw new InvalidOperationException(FormattableString.Invariant($"{owner}: all {rows.Count} training rows have the label {first}; expected different numbers. Check column '{labelColumnName}'."));
    }
}
