using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Distillation;

/// <summary>
/// Rows of one or more views, each as often as there are classes that its target gives something to: with that class as label and what it gets as weight.
/// A learner that minimises a weighted loss learns the whole distribution from them, whatever it is.
/// </summary>
internal sealed class TaughtRows : IDataView
{
    // Beside the largest share of its row, less is not worth a row.
    private const float LeastPart = 1e-3f;

    private readonly string _owner;
    private readonly IReadOnlyList<TaughtSource> _sources;
    private readonly IReadOnlyList<DataViewSchema.Column> _columns;
    private readonly TeacherAnswers _shares;
    private readonly int _label, _weight;

    /// <param name="owner">For messages.</param>
    /// <param name="sources">Views with the same columns, one after the other.</param>
    /// <param name="label">The label column, which stands in place of any of this name.</param>
    /// <param name="weightColumnName">The weight column.</param>
    /// <param name="shares">What each class gets of each row, over all views.</param>
    public TaughtRows(string owner, IReadOnlyList<TaughtSource> sources, DataViewSchema.DetachedColumn label, string weightColumnName, TeacherAnswers shares)
    {
        (_owner, _sources, _shares) = (owner, sources, shares);
        _columns = [.. sources[0].View.Schema.Where(c => !c.IsHidden && c.Name != label.Name && c.Name != weightColumnName)];
        var builder = new DataViewSchema.Builder();
        foreach (DataViewSchema.Column column in _columns) builder.AddColumn(column.Name, column.Type, column.Annotations);
        builder.AddColumn(label.Name, label.Type, label.Annotations);
        builder.AddColumn(weightColumnName, NumberDataViewType.Single);
        Schema = builder.ToSchema();
        (_label, _weight) = (_columns.Count, _columns.Count + 1);
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    /// <summary>Whether anybody has asked for the weights yet.</summary>
    public bool WeightsWereRead { get; private set; }

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        HashSet<int> active = [.. columnsNeeded.Select(c => c.Index)];
        WeightsWereRead |= active.Contains(_weight);
        return new Cursor(this, active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly TaughtRows _view;
        private readonly HashSet<int> _active;
        private readonly DataViewRowCursor[] _inputs;
        private readonly ValueGetter<DataViewRowId>[] _ids;
        private readonly float[] _shares;
        private RowIds _seen;
        private int _source, _class;
        private long _row = -1, _position = -1;

        public Cursor(TaughtRows view, HashSet<int> active)
        {
            (_view, _active, _shares, _class) = (view, active, new float[view._shares.Width], view._shares.Width);
            _inputs = [.. view._sources.Select(s => s.View.GetRowCursor(view._columns.Where((_, i) => active.Contains(i)).Select(c => s.View.Schema[c.Name])))];
            _ids = [.. _inputs.Select(input => input.GetIdGetter())];
        }

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => _view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override bool MoveNext()
        {
            while (true)
            {
                for (_class++; _class < _shares.Length; _class++)
                {
                    if (_shares[_class] <= 0) continue;
                    _position++;
                    return true;
                }
                if (!NextRow()) return false;
                _view._shares.Read(_row, _shares);
                KeepLarge(_shares);
                _class = -1;
            }
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Index == _view._weight) return (ValueGetter<TValue>)(object)(ValueGetter<float>)((ref float value) => value = _shares[_class]);
            if (column.Index == _view._label)
                return _view.Schema[_view._label].Type is BooleanDataViewType
                    ? (ValueGetter<TValue>)(object)(ValueGetter<bool>)((ref bool value) => value = _class == 1)
                    : (ValueGetter<TValue>)(object)(ValueGetter<uint>)((ref uint value) => value = (uint)_class + 1);   // keys count from 1
            string name = _view._columns[column.Index].Name;
            ValueGetter<TValue>[] getters = [.. _inputs.Select(input => input.GetGetter<TValue>(input.Schema[name]))];
            return (ref TValue value) => getters[_source](ref value);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) foreach (DataViewRowCursor input in _inputs) input.Dispose();
            base.Dispose(disposing);
        }

        private InvalidOperationException Changed(string found) => new($"{_view._owner}: the data give {found} when they are read again; expected the rows that the teacher has answered to. Save them first, or cache them: views that draw rows anew cannot be learnt from.");

        // What is kept weighs what all did.
        private static void KeepLarge(float[] shares)
        {
            float least = LeastPart * shares.Max(), sum = shares.Sum(), kept = 0;
            for (int c = 0; c < shares.Length; c++)
            {
                if (shares[c] < least) shares[c] = 0;
                kept += shares[c];
            }
            for (int c = 0; kept > 0 && c < shares.Length; c++) shares[c] *= sum / kept;
        }

        private bool NextRow()
        {
            for (; _source < _inputs.Length; _source++, _seen = default)
            {
                RowIds wanted = _view._sources[_source].Ids;
                if (_inputs[_source].MoveNext())
                {
                    DataViewRowId id = default;
                    _ids[_source](ref id);
                    _seen.Add(id);
                    if (_seen.Count > wanted.Count) throw Changed($"more than {wanted.Count} rows");
                    _row++;
                    return true;
                }
                if (_seen != wanted) throw Changed(_seen.Count < wanted.Count ? $"{_seen.Count} rows of {wanted.Count}" : "the same number of rows, but others or in another order");
            }
            _source = 0;   // whoever asks a getter now breaks the rules of ML.NET, but no index
            return false;
        }
    }
}
