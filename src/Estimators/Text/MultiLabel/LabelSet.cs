using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>Any number of labels a row: a vector of keys, or of what says yes or no for each label.</summary>
internal sealed class LabelSet : ITextLabel
{
    public void Check(string owner, SchemaShape.Column label)
    {
        if (label.Kind != SchemaShape.Column.VectorKind.Scalar && label.IsKey && label.ItemType == NumberDataViewType.UInt32) return;
        bool indicators = !label.IsKey && (label.ItemType is BooleanDataViewType || label.ItemType == NumberDataViewType.Single);
        if (label.Kind == SchemaShape.Column.VectorKind.Vector && indicators && label.Annotations.Find(ScoreAnnotations.SlotNames) is not null) return;
        throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}{(indicators ? " without slot names" : "")}; {owner} reads a vector of Key<UInt32>, or one of Boolean or Single, a slot a label, with slot names. Map a vector of text with Transforms.Conversion.MapValueToKey, or join columns with Transforms.Concatenate, which names slots after them.");
    }

    public IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label)
    {
        DataViewType? values = label.IsKey
            ? label.Annotations.Find(LabelValues.KeyValuesAnnotation) is { Kind: SchemaShape.Column.VectorKind.Vector } found ? found.ItemType : null
            : TextDataViewType.Instance;
        IEnumerable<SchemaShape.Column> keyValues = values is null ? [] : [SchemaShapes.Vector(LabelValues.KeyValuesAnnotation, values)];
        return
        [
            SchemaShapes.VariableKeyVector("PredictedLabel", [.. keyValues, .. ScoreShapes.Annotations]),
            SchemaShapes.Vector("Score", NumberDataViewType.Single, [SchemaShapes.Vector(ScoreAnnotations.SlotNames, TextDataViewType.Instance), .. ScoreShapes.Annotations]),
        ];
    }

    public ILabelReader Learn(string owner, IDataView training, string labelColumnName, IChannel channel, Action check) => new LabelSetReader(owner, LabelSetReader.LabelsOf(training.Schema[labelColumnName]));
}
