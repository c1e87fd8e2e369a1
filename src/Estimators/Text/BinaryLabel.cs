using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A Boolean label, or a number that is 1 for true and 0 for false.</summary>
internal sealed class BinaryLabel : ITextLabel, ILabelReader
{
    public LabelKind Kind => LabelKind.Class;

    public IPredictionColumns Columns { get; } = new BinaryColumns();

    public void Check(string owner, SchemaShape.Column label)
    {
        if (label is not { Kind: SchemaShape.Column.VectorKind.Scalar, ItemType: BooleanDataViewType } && !NumberColumn.Holds(label))
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {owner} for binary classification reads Boolean, or a number that is 0 or 1. Map it with Transforms.Conversion.MapValue or ConvertType, or use MulticlassClassification.");
    }

    public IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label) =>
    [
        SchemaShapes.Scalar("PredictedLabel", BooleanDataViewType.Instance, ScoreShapes.Annotations),
        SchemaShapes.Scalar("Score", NumberDataViewType.Single, ScoreShapes.Annotations),
        SchemaShapes.Scalar("Probability", NumberDataViewType.Single, [SchemaShapes.Scalar(ScoreAnnotations.Normalized, BooleanDataViewType.Instance), .. ScoreShapes.Annotations]),
    ];

    public ILabelReader Learn(string owner, IDataView training, string labelColumnName, IChannel channel, Action check) => this;

    public Func<double> Open(DataViewRow row, DataViewSchema.Column label)
    {
        if (label.Type is NumberDataViewType) return OpenNumber(row, label);
        ValueGetter<bool> getter = row.GetGetter<bool>(label);
        bool value = false;
        return () =>
        {
            getter(ref value);
            return value ? 1 : 0;
        };
    }

    public void CheckRows(string owner, TokenStore rows, string labelColumnName) => ClassLabels.CheckRows(owner, rows, labelColumnName);

    private static Func<double> OpenNumber(DataViewRow row, DataViewSchema.Column label)
    {
        Func<double> read = NumberColumn.Reader(row, label);
        return () => read() is var value && (value is 0 or 1 || double.IsNaN(value)) ? value : throw new InvalidOperationException(FormattableString.Invariant(
            $"Row {row.Position} of label column '{label.Name}' is {value}; expected 1 for true, 0 for false, or NaN where there is none. Map it to Boolean with Transforms.Conversion.MapValue, or use MulticlassClassification for more classes."));
    }
}
