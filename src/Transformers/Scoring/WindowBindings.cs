using Microsoft.ML;

namespace MLNet.Pretrain.Scoring;

/// <summary>Where each column of the output schema comes from: the input, or the mapper.</summary>
internal sealed class WindowBindings
{
    private readonly int _inputCount;

    public WindowBindings(IWindowMapper mapper)
    {
        Mapper = mapper;
        Input = mapper.InputSchema;
        _inputCount = Input.Count;
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(Input);
        foreach (DataViewSchema.DetachedColumn column in mapper.OutputColumns)
            builder.AddColumn(column.Name, column.Type, column.Annotations);
        Output = builder.ToSchema();
    }

    public IWindowMapper Mapper { get; }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    /// <summary>Whether the output column is the mapper's; <paramref name="index"/> is its index there, or in the input.</summary>
    public bool IsAdded(int column, out int index)
    {
        bool added = column >= _inputCount;
        index = added ? column - _inputCount : column;
        return added;
    }

    /// <summary>Flags of the needed output columns.</summary>
    public bool[] Activate(IEnumerable<DataViewSchema.Column> needed)
    {
        var active = new bool[Output.Count];
        foreach (DataViewSchema.Column column in needed)
        {
            if (column.Index >= active.Length || Output[column.Index].Name != column.Name)
                throw new ArgumentException($"Column '{column.Name}' at {column.Index} is not of this view's schema; ask with columns of its own Schema.", nameof(needed));
            active[column.Index] = true;
        }
        return active;
    }

    public bool AnyAdded(bool[] active) => active.AsSpan(_inputCount).Contains(true);

    public bool IsOutputActive(bool[] active, int output) => active[_inputCount + output];

    /// <summary>The input columns to read: those passed through, and the mapper's own where any output of it is wanted.</summary>
    public IEnumerable<DataViewSchema.Column> InputsFor(bool[] active)
    {
        bool[] needed = active.AsSpan(0, _inputCount).ToArray();
        if (AnyAdded(active))
            foreach (int column in Mapper.InputColumns) needed[column] = true;
        return Input.Where(column => needed[column.Index]);
    }

    public static ValueGetter<TValue> Cast<TValue>(Delegate? getter, DataViewSchema.Column column) =>
        getter as ValueGetter<TValue> ?? throw new ArgumentException(getter is null
            ? $"Column '{column.Name}' is not active; name it when asking for the cursor."
            : $"Column '{column.Name}' is {column.Type}; a getter of {typeof(TValue).Name} was asked for.", nameof(column));
}
