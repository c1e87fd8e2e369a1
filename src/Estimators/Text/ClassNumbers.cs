using Microsoft.ML;

namespace MLNet.Pretrain.Text;

/// <summary>Numbers classes that are known. They are recognised by name, so that a key may have another order.</summary>
internal sealed class ClassNumbers
{
    private const int NamedInMessages = 10;

    private readonly string _owner, _data, _knowing;
    private readonly IReadOnlyList<string> _names;
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);

    /// <param name="owner">For messages.</param>
    /// <param name="names">The classes.</param>
    /// <param name="data">For messages: what may have others.</param>
    /// <param name="knowing">For messages: what these are of.</param>
    public ClassNumbers(string owner, IReadOnlyList<string> names, string data, string knowing)
    {
        (_owner, _names, _data, _knowing) = (owner, names, data, knowing);
        for (int i = 0; i < names.Count; i++) _numbers.TryAdd(names[i], i);
    }

    /// <summary>A function that gives the present row's class, from 0; NaN where its label is missing.</summary>
    /// <exception cref="InvalidOperationException">Thrown by the function: the class is unknown.</exception>
    public Func<double> Open(DataViewRow row, DataViewSchema.Column label)
    {
        Func<string?> read = ClassColumn.Reader(row, label);
        return () =>
        {
            if (read() is not { } name) return double.NaN;
            return _numbers.TryGetValue(name, out int number) ? number : throw Unknown(name, row.Position, label.Name);
        };
    }

    private InvalidOperationException Unknown(string name, long row, string column)
    {
        string more = _names.Count > NamedInMessages ? $" or one of {_names.Count - NamedInMessages} more" : "";
        return new InvalidOperationException($"{_owner}: row {row} of the {_data} has the label '{name}' in column '{column}', which is none of {_knowing}; expected '{string.Join("', '", _names.Take(NamedInMessages))}'{more}. Leave such rows out, or train on some.");
    }
}
