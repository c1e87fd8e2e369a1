using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>The rows of a view, each with its copies behind it, which have another text and all else of their row.</summary>
internal sealed class AugmentedView : IDataView
{
    private readonly IDataView _source;
    private readonly int _text;
    private readonly AugmentedTextFile _copies;
    private readonly bool _withOriginals;

    /// <param name="source">The view.</param>
    /// <param name="text">Its column that is replaced.</param>
    /// <param name="copies">Of each of its rows.</param>
    /// <param name="withOriginals">Whether the rows come themselves, too.</param>
    public AugmentedView(IDataView source, DataViewSchema.Column text, AugmentedTextFile copies, bool withOriginals) =>
        (_source, _text, _copies, _withOriginals) = (source, text.Index, copies, withOriginals);

    public bool CanShuffle => false;

    public DataViewSchema Schema => _source.Schema;

    public long? GetRowCount() => _copies.Copies + (_withOriginals ? _copies.Rows : 0);

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(this, _source.GetRowCursor(columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly AugmentedView _view;
        private readonly DataViewRowCursor _input;
        private readonly AugmentedTextFile.Reader _copies;
        private readonly ValueGetter<DataViewRowId> _getId;
        private long _position = -1, _rows;
        private int _left;
        private string? _copy;

        public Cursor(AugmentedView view, DataViewRowCursor input) => (_view, _input, _copies, _getId) = (view, input, new(view._copies), input.GetIdGetter());

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => _view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => _input.IsColumnActive(column);

        public override bool MoveNext()
        {
            while (_left == 0)
            {
                if (!NextRow())
                {
                    _position = -1;
                    return false;
                }
                if (!_view._withOriginals) continue;
                (_copy, _position) = (null, _position + 1);
                return true;
            }
            _left--;
            (_copy, _position) = (_copies.NextCopy(), _position + 1);
            return true;
        }

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            ValueGetter<TValue> own = _input.GetGetter<TValue>(column);
            if (column.Index != _view._text) return own;
            var original = (ValueGetter<ReadOnlyMemory<char>>)(object)own;
            return WindowBindings.Cast<TValue>((ValueGetter<ReadOnlyMemory<char>>)Get, column);

            void Get(ref ReadOnlyMemory<char> value)
            {
                if (_copy is null) original(ref value);
                else value = _copy.AsMemory();
            }
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) _input.Dispose();
            base.Dispose(disposing);
        }

        private bool NextRow()
        {
            bool has = _input.MoveNext();
            if (has != _rows < _view._copies.Rows) throw Changed($"{(has ? "more" : "fewer")} than {_view._copies.Rows} rows");
            if (!has) return false;
            DataViewRowId id = default;
            _getId(ref id);
            (DataViewRowId expected, _left) = _copies.NextRow();
            if (!id.Equals(expected)) throw Changed($"another row {_rows}");
            _rows++;
            return true;
        }

        private InvalidOperationException Changed(string what) =>
            new($"{AugmentTextCatalog.Owner}: the data have {what} now than when their copies were made; expected the same rows in the same order. Cache or save what is shuffled or changes.");
    }
}
