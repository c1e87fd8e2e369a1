using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Comparison;

/// <summary>Some rows of a view, by position, in its order.</summary>
/// <param name="source">The view. Its order must not change from one reading to the next.</param>
/// <param name="rows">Positions, ascending.</param>
internal sealed class SubsetView(IDataView source, long[] rows) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => rows.Length;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(source.GetRowCursor(columnsNeeded), rows);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor input, long[] rows) : DataViewRowCursor
    {
        private long _position = -1;
        private long _inputRow = -1;

        public override long Position => _position;

        public override long Batch => 0;

        public override DataViewSchema Schema => input.Schema;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => input.GetGetter<TValue>(column);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => input.IsColumnActive(column);

        public override bool MoveNext()
        {
            if (_position + 1 >= rows.Length) return false;
            _position++;
            while (_inputRow < rows[_position])
            {
                if (!input.MoveNext()) throw new InvalidOperationException($"The data ended at row {_inputRow + 1}; it had more when it was read first. Cache it or save it so that it stays as it is.");
                _inputRow++;
            }
            return true;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) input.Dispose();
            base.Dispose(disposing);
        }
    }
}
