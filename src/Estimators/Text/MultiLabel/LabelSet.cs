using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Any number of labels a row: a vector of keys, or of what says yes or no for each label.</summary>
internal sealed class LabelSet : ITextLabel
{
    private const int Absent = -1, Unknown = -2;

    public LabelKind Kind => LabelKind.Set;

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

    public IPredictionColumns Columns(DataViewSchema.Column label)
    {
        LabelValues labels = ((VectorDataViewType)label.Type).ItemType is KeyDataViewType ? LabelValues.Of(label) : LabelValues.OfSlots(label);
        return new MultiLabelColumns(labels, [.. Enumerable.Repeat(0.5, labels.Names.Count)]);
    }

    public Func<double> Reader(DataViewRow row, DataViewSchema.Column label) => Reader(row, label, []);

    public Func<double> Reader(DataViewRow row, DataViewSchema.Column label, List<int> classes) => ((VectorDataViewType)label.Type).ItemType switch
    {
        KeyDataViewType => Open<uint>(row, label, classes, (_, key) => (int)key - 1),   // keys count from 1; 0 is missing
        BooleanDataViewType => Open<bool>(row, label, classes, (slot, there) => there ? slot : Absent),
        _ => Open<float>(row, label, classes, (slot, count) => count switch
        {
            0 => Absent,
            > 0 and < float.PositiveInfinity => slot,
            float.NaN => Unknown,
            _ => throw new InvalidOperationException(FormattableString.Invariant($"A row of label column '{label.Name}' has {count} in slot {slot}; expected 0 where the label is absent, a number above where it is there, or NaN where that is not known.")),
        }),
    };

    public void CheckRows(string owner, TokenStore rows, string labelColumnName)
    {
        for (long row = 0; row < rows.Count; row++)
            if (rows.Label(row) > 0) return;
        throw new InvalidOperationException($"{owner}: none of the {rows.Count} training rows has a label; expected some that do. Check column '{labelColumnName}'.");
    }

    private static Func<double> Open<T>(DataViewRow row, DataViewSchema.Column label, List<int> classes, Func<int, T, int> classOf)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(label);
        VBuffer<T> values = default;
        var known = new HashSet<int>();
        return () =>
        {
            getter(ref values);
            known.Clear();
            bool complete = true;
            foreach ((int slot, T value) in values.Items())   // what is not among them is 0
            {
                int found = classOf(slot, value);
                if (found >= 0) known.Add(found);
                complete &= found != Unknown;
            }
            classes.Clear();
            classes.AddRange(known.Order());
            return complete ? classes.Count : double.NaN;
        };
    }
}
