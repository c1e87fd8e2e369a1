using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>A key label.</summary>
internal sealed class MulticlassLabel : ITextLabel
{
    public LabelKind Kind => LabelKind.Class;

    public void Check(string owner, SchemaShape.Column label)
    {
        if (!label.IsKey || label.Kind != SchemaShape.Column.VectorKind.Scalar || label.ItemType != NumberDataViewType.UInt32)
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {owner} for multiclass classification reads Key<UInt32>. Map it with Transforms.Conversion.MapValueToKey.");
    }

    public IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label)
    {
        SchemaShape.Column? values = label.Annotations.Find(LabelValues.KeyValuesAnnotation);
        IEnumerable<SchemaShape.Column> keyValues = values is { Kind: SchemaShape.Column.VectorKind.Vector } v ? [SchemaShapes.Vector(LabelValues.KeyValuesAnnotation, v.ItemType)] : [];
        return
        [
            SchemaShapes.Key("PredictedLabel", [.. keyValues, .. ScoreShapes.Annotations]),
            SchemaShapes.Vector("Score", NumberDataViewType.Single, [SchemaShapes.Vector(ScoreAnnotations.SlotNames, TextDataViewType.Instance), .. ScoreShapes.Annotations]),
        ];
    }

    public IPredictionColumns Columns(DataViewSchema.Column label) => new MulticlassColumns(LabelValues.Of(label));

    public Func<double> Reader(DataViewRow row, DataViewSchema.Column label)
    {
        ValueGetter<uint> getter = row.GetGetter<uint>(label);
        uint key = 0;
        return () =>
        {
            getter(ref key);
            return key == 0 ? double.NaN : key - 1.0;   // keys count from 1; 0 is missing
        };
    }

    public void CheckRows(string owner, TokenStore rows, string labelColumnName) => ClassLabels.CheckRows(owner, rows, labelColumnName);
}
