using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Reads sets of labels that are known.</summary>
/// <param name="owner">For messages.</param>
/// <param name="labels">Those of the training data.</param>
/// <param name="data">What is read, for messages.</param>
internal sealed class LabelSetReader(string owner, LabelValues labels, string data = "validation data") : ILabelReader
{
    private const int Absent = -1, Unknown = -2;

    public LabelKind Kind => LabelKind.Set;

    public IPredictionColumns Columns { get; } = new MultiLabelColumns(labels, [.. Enumerable.Repeat(0.5, labels.Names.Count)]);

    public Func<double> Open(DataViewRow row, DataViewSchema.Column label) => Open(row, label, []);

    public Func<double> Open(DataViewRow row, DataViewSchema.Column label, List<int> classes)
    {
        CheckSame(label);
        return ((VectorDataViewType)label.Type).ItemType switch
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
    }

    public void CheckRows(string owner, TokenStore rows, string labelColumnName)
    {
        for (long row = 0; row < rows.Count; row++)
            if (rows.Label(row) > 0) return;
        throw new InvalidOperationException($"{owner}: none of the {rows.Count} training rows has a label; expected some that do. Check column '{labelColumnName}'.");
    }

    /// <summary>The labels that a column knows.</summary>
    public static LabelValues LabelsOf(DataViewSchema.Column label) => ((VectorDataViewType)label.Type).ItemType is KeyDataViewType ? LabelValues.Of(label) : LabelValues.OfSlots(label);

    // The number of a label says nothing where both columns were mapped by themselves.
    private void CheckSame(DataViewSchema.Column label)
    {
        (IReadOnlyList<string> known, IReadOnlyList<string> found) = (labels.Names, LabelsOf(label).Names);
        if (found.SequenceEqual(known)) return;
        int first = found.Zip(known).TakeWhile(pair => pair.First == pair.Second).Count();
        throw new ArgumentException($"{owner}: label column '{label.Name}' has {known.Count} labels in the training data and {found.Count} in the {data}, and label {first} is {Name(known)} in the one, {Name(found)} in the other; expected the same in the same order. Map both with the transformer that was fitted on the training data.");

        string Name(IReadOnlyList<string> names) => first < names.Count ? $"'{names[first]}'" : "absent";
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
