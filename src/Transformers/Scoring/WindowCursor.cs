using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Scoring;

/// <summary>
/// Reads a window of rows ahead, keeping the values of passed-through columns, and computes the window when a value of ours is first
/// asked for. Windows start small and double, so that looking at ten rows costs ten rows while a long pass gets large, well sorted windows.
/// </summary>
internal sealed class WindowCursor : DataViewRowCursor
{
    private const int FirstWindow = 16;

    private readonly WindowBindings _bindings;
    private readonly DataViewRowCursor _input;
    private readonly bool[] _active;
    private readonly IWindow _window;
    private readonly Delegate?[] _added;
    private readonly KeptColumn?[] _kept;
    private readonly DataViewRowId[] _ids;
    private readonly long[] _batches;
    private readonly ValueGetter<DataViewRowId> _inputId;
    private int _capacity, _count, _slot = -1;
    private bool _computed, _inputEnded;
    private long _position = -1, _rowsServed;

    public WindowCursor(WindowBindings bindings, DataViewRowCursor input, bool[] active, int maxWindow)
    {
        (_bindings, _input, _active) = (bindings, input, active);
        _window = bindings.Mapper.Open(input, maxWindow, output => bindings.IsOutputActive(active, output));
        _added = new Delegate?[bindings.Mapper.OutputColumns.Count];
        for (int i = 0; i < _added.Length; i++)
            if (bindings.IsOutputActive(active, i)) _added[i] = _window.GetGetter(i, ComputedSlot);
        _kept = new KeptColumn?[bindings.Input.Count];
        for (int i = 0; i < _kept.Length; i++)
            if (active[i]) _kept[i] = KeptColumn.Create(input, bindings.Input[i], maxWindow, CurrentSlot);
        _ids = new DataViewRowId[maxWindow];
        _batches = new long[maxWindow];
        _inputId = input.GetIdGetter();
        _capacity = Math.Min(FirstWindow, maxWindow);
    }

    public override long Position => _position;

    public override long Batch => _position < 0 ? 0 : _batches[_slot];

    public override DataViewSchema Schema => _bindings.Output;

    public override bool MoveNext()
    {
        if (++_slot >= _count && !Fill())
        {
            (_position, _slot, _count) = (-1, -1, 0);
            return false;
        }
        _position = _rowsServed++;
        return true;
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) => value = _ids[CurrentSlot()];

    public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        WindowBindings.Cast<TValue>(_bindings.IsAdded(column.Index, out int index) ? _added[index] : _kept[index]?.Getter, column);

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _window.Dispose();
            _input.Dispose();
        }
        base.Dispose(disposing);
    }

    private bool Fill()
    {
        if (_count > 0) _capacity = Math.Min(_capacity * 2, _ids.Length);
        (_count, _slot, _computed) = (0, 0, false);
        while (!_inputEnded && _count < _capacity)
        {
            if (!_input.MoveNext())
            {
                _inputEnded = true;
                break;
            }
            _window.Read(_count);
            foreach (KeptColumn? column in _kept) column?.Read(_count);
            _inputId(ref _ids[_count]);
            _batches[_count++] = _input.Batch;
        }
        return _count > 0;
    }

    private int CurrentSlot() => _position >= 0 ? _slot : throw new InvalidOperationException("The cursor is not at a row; call MoveNext first.");

    private int ComputedSlot()
    {
        int slot = CurrentSlot();
        if (!_computed)
        {
            _window.Compute(_count);
            _computed = true;
        }
        return slot;
    }
}
