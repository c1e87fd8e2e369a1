using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>A key, whose type tells the classes, or text, Boolean values or numbers, whose classes are those of the training rows.</summary>
internal sealed class MulticlassLabel : ITextLabel
{
    public void Check(string owner, SchemaShape.Column label)
    {
        if (!ClassColumn.Holds(label))
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {owner} for multiclass classification reads {ClassColumn.Kinds}. Map it with Transforms.Conversion.ConvertType or MapValueToKey.");
    }

    public IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label)
    {
        DataViewType? values = !label.IsKey ? label.ItemType
            : label.Annotations.Find(LabelValues.KeyValuesAnnotation) is { Kind: SchemaShape.Column.VectorKind.Vector } annotation ? annotation.ItemType
            : null;
        IEnumerable<SchemaShape.Column> keyValues = values is null ? [] : [SchemaShapes.Vector(LabelValues.KeyValuesAnnotation, values)];
        return
        [
            SchemaShapes.Key("PredictedLabel", [.. keyValues, .. ScoreShapes.Annotations]),
            SchemaShapes.Vector("Score", NumberDataViewType.Single, [SchemaShapes.Vector(ScoreAnnotations.SlotNames, TextDataViewType.Instance), .. ScoreShapes.Annotations]),
        ];
    }

    public ILabelReader Learn(string owner, IDataView training, string labelColumnName, IChannel channel, Action check)
    {
        DataViewSchema.Column label = training.Schema[labelColumnName];
        return new ClassReader(owner, label.Type is KeyDataViewType ? LabelValues.Of(label) : ClassFinder.Find(owner, training, label, channel, check));
    }
}
