using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Scoring;

/// <summary>The same computation one row at a time, for prediction engines: a window of one.</summary>
internal sealed class WindowRowMapper(IWindowMapper mapper) : IRowToRowMapper
{
    private readonly WindowBindings _bindings = new(mapper);

    public DataViewSchema InputSchema => _bindings.Input;

    public DataViewSchema OutputSchema => _bindings.Output;

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        _bindings.InputsFor(_bindings.Activate(dependingColumns));

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        if (input.Schema != InputSchema)
            throw new ArgumentException("The row's schema is not the one this mapper was made for; make a mapper from the row's own schema.", nameof(input));
        return new Row(_bindings, input, _bindings.Activate(activeColumns));
    }

    private sealed class Row : DataViewRow
    {
        private const long Never = -2;

        private readonly WindowBindings _bindings;
        private readonly DataViewRow _input;
        private readonly bool[] _active;
        private readonly IWindow _window;
        private readonly Delegate?[] _added;
        private long _computedAt = Never;

        public Row(WindowBindings bindings, DataViewRow input, bool[] active)
        {
            (_bindings, _input, _active) = (bindings, input, active);
            _window = bindings.Mapper.Open(input, 1, output => bindings.IsOutputActive(active, output));
            _added = new Delegate?[bindings.Mapper.OutputColumns.Count];
            for (int i = 0; i < _added.Length; i++)
                if (bindings.IsOutputActive(active, i)) _added[i] = _window.GetGetter(i, ComputedSlot);
        }

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override DataViewSchema Schema => _bindings.Output;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[column.Index];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (_bindings.IsAdded(column.Index, out int index)) return WindowBindings.Cast<TValue>(_added[index], column);
            return _active[column.Index] ? _input.GetGetter<TValue>(_bindings.Input[index]) : WindowBindings.Cast<TValue>(null, column);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _window.Dispose();
                _input.Dispose();
            }
            base.Dispose(disposing);
        }

        private int ComputedSlot()
        {
            // A prediction engine moves its input row on for every example, so the position says whether the window is stale.
            if (_computedAt != _input.Position)
            {
                _window.Read(0);
                _window.Compute(1);
                _computedAt = _input.Position;
            }
            return 0;
        }
    }
}
