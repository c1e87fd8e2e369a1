using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A boolean label.</summary>
internal sealed class BinaryLabel : ITextLabel
{
    public LabelKind Kind => LabelKind.Class;

    public void Check(string owner, SchemaShape.Column label)
    {
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar || label.ItemType is not BooleanDataViewType)
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {owner} for binary classification reads Boolean. Map it with Transforms.Conversion.ConvertType or MapValue.");
    }

    public IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label) =>
    [
        SchemaShapes.Scalar("PredictedLabel", BooleanDataViewType.Instance, ScoreShapes.Annotations),
        SchemaShapes.Scalar("Score", NumberDataViewType.Single, ScoreShapes.Annotations),
        SchemaShapes.Scalar("Probability", NumberDataViewType.Single, [SchemaShapes.Scalar(ScoreAnnotations.Normalized, BooleanDataViewType.Instance), .. ScoreShapes.Annotations]),
    ];

    public IPredictionColumns Columns(DataViewSchema.Column label) => new BinaryColumns();

    public Func<double> Reader(DataViewRow row, DataViewSchema.Column label)
    {
        ValueGetter<bool> getter = row.GetGetter<bool>(label);
        bool value = false;
        return () =>
        {
            getter(ref value);
            return value ? 1 : 0;
        };
    }

    public void CheckRows(string owner, TokenStore rows, string labelColumnName) => ClassLabels.CheckRows(owner, rows, labelColumnName);
}
