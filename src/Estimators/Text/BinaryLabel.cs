using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>A boolean label.</summary>
internal sealed class BinaryLabel : IClassificationLabel
{
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

    public IClassificationColumns Columns(DataViewSchema.Column label) => new BinaryColumns();

    public Func<int> Reader(DataViewRow row, DataViewSchema.Column label)
    {
        ValueGetter<bool> getter = row.GetGetter<bool>(label);
        bool value = false;
        return () =>
        {
            getter(ref value);
            return value ? 1 : 0;
        };
    }
}
