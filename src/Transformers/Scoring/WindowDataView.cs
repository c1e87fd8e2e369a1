using Microsoft.ML;

namespace MLNet.Pretrain.Scoring;

/// <summary>A lazy view: nothing is computed until a cursor's value of ours is asked for, and then for a window of rows at once.</summary>
internal sealed class WindowDataView(IDataView source, IWindowMapper mapper, int maxWindow) : IDataView
{
    private readonly WindowBindings _bindings = new(mapper);

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => _bindings.Output;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        bool[] active = _bindings.Activate(columnsNeeded);
        return Wrap(source.GetRowCursor(_bindings.InputsFor(active), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        bool[] active = _bindings.Activate(columnsNeeded);
        return [.. source.GetRowCursorSet(_bindings.InputsFor(active), n, rand).Select(cursor => Wrap(cursor, active))];
    }

    private DataViewRowCursor Wrap(DataViewRowCursor input, bool[] active) =>
        _bindings.AnyAdded(active) ? new WindowCursor(_bindings, input, active, maxWindow) : new PassThroughCursor(_bindings, input, active);
}
