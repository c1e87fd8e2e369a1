using Microsoft.ML;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Numbers classes that are known. They are recognised by name, so that validation rows may have a key of another order.</summary>
internal sealed class ClassReader : ILabelReader
{
    private const int NamedInMessages = 10;

    private readonly string _owner;
    private readonly IReadOnlyList<string> _names;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    public ClassReader(string owner, LabelValues classes)
    {
        (_owner, _names, Columns) = (owner, classes.Names, new MulticlassColumns(classes));
        for (int i = 0; i < _names.Count; i++) _numbers.TryAdd(_names[i], i);
    }

    public LabelKind Kind => LabelKind.Class;

    public IPredictionColumns Columns { get; }

    public Func<double> Open(DataViewRow row, DataViewSchema.Column label)
    {
        Func<string?> read = ClassColumn.Reader(row, label);
        return () =>
        {
            if (read() is not { } name) return double.NaN;
            return _numbers.TryGetValue(name, out int number) ? number : throw Unknown(name, row.Position, label.Name);
        };
    }

    public void CheckRows(string owner, TokenStore rows, string labelColumnName) => ClassLabels.CheckRows(owner, rows, labelColumnName);

    private InvalidOperationException Unknown(string name, long row, string column)
    {
        string more = _names.Count > NamedInMessages ? $" or one of {_names.Count - NamedInMessages} more" : "";
        return new InvalidOperationException($"{_owner}: row {row} of the validation data has the label '{name}' in column '{column}', which the training data do not have; expected '{string.Join("', '", _names.Take(NamedInMessages))}'{more}. Leave such rows out, or add some to the training data.");
    }
}
