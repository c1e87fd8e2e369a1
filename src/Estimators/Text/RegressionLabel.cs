using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A number as label.</summary>
internal sealed class RegressionLabel : ITextLabel, ILabelReader
{
    public LabelKind Kind => LabelKind.Value;

    public IPredictionColumns Columns { get; } = new RegressionColumns(0, 1);

    public void Check(string owner, SchemaShape.Column label)
    {
        if (!NumberColumn.Holds(label))
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {owner} for regression reads {NumberColumn.Kinds}. Convert it with Transforms.Conversion.ConvertType.");
    }

    public IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label) => [SchemaShapes.Scalar("Score", NumberDataViewType.Single, ScoreShapes.Annotations)];

    public ILabelReader Learn(string owner, IDataView training, string labelColumnName, IChannel channel, Action check) => this;

    public Func<double> Open(DataViewRow row, DataViewSchema.Column label)
    {
        Func<double> read = NumberColumn.Reader(row, label);
        // Training computes in 32 bits, where large numbers of 64 are infinite.
        return () => read() is var value && !float.IsInfinity((float)value) ? value : throw new InvalidOperationException(FormattableString.Invariant(
            $"Row {row.Position} of label column '{label.Name}' is {value}, which is {(double.IsInfinity(value) ? "infinite" : "too large for 32 bits")}; expected numbers, or NaN where there is none."));
    }

    public void CheckRows(string owner, TokenStore rows, string labelColumnName)
    {
        float first = rows.Label(0);
        for (long row = 1; row < rows.Count; row++)
            if (rows.Label(row) != first) return;
        throw new InvalidOperationException(FormattableString.Invariant($"{owner}: all {rows.Count} training rows have the label {first}; expected different numbers. Check column '{labelColumnName}'."));
    }
}
