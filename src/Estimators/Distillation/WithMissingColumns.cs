using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Distillation;

/// <summary>
/// A view with the columns of another one that it lacks, as missing values (empty text, NaN, key 0): so that a teacher's pipeline, whose first step maps a label
/// that it does not need to answer, runs on texts without labels.
/// </summary>
internal sealed class WithMissingColumns : IDataView
{
    private readonly IDataView _source;

    /// <param name="owner">For messages.</param>
    /// <param name="source">The rows.</param>
    /// <param name="model">What columns there are to be.</param>
    /// <param name="needed">Columns that must not be missing.</param>
    /// <param name="exempt">Columns that nobody reads, whose type does not matter.</param>
    /// <exception cref="ArgumentException">One of those is, or every column of the model.</exception>
    public WithMissingColumns(string owner, IDataView source, DataViewSchema model, IReadOnlyCollection<string> needed, params IReadOnlyCollection<string> exempt)
    {
        _source = source;
        string? missing = needed.FirstOrDefault(name => source.Schema.GetColumnOrNull(name) is null);
        if (missing is not null || !model.Any(c => source.Schema.GetColumnOrNull(c.Name) is not null))
            throw new ArgumentException($"{owner}: TransferData has no column '{missing ?? model[0].Name}'; it has {string.Join(", ", source.Schema.Select(c => $"'{c.Name}'"))}. Expected the columns of the training data that are learnt from, by the same names.");
        foreach (DataViewSchema.Column column in model)
            if (!column.IsHidden && source.Schema.GetColumnOrNull(column.Name) is { } own && !own.Type.Equals(column.Type) && !exempt.Contains(own.Name))
                throw new ArgumentException($"{owner}: column '{own.Name}' is {own.Type} in TransferData and {column.Type} in the training data; expected the same. Make both with the same fitted transforms.");
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(source.Schema);
        foreach (DataViewSchema.Column column in model)
            if (!column.IsHidden && source.Schema.GetColumnOrNull(column.Name) is null) builder.AddColumn(column.Name, column.Type, column.Annotations);
        Schema = builder.ToSchema();
    }

    public bool CanShuffle => false;

    public DataViewSchema Schema { get; }

    public long? GetRowCount() => _source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        HashSet<int> active = [.. columnsNeeded.Select(c => c.Index)];
        return new Cursor(this, _source.GetRowCursor(_source.Schema.Where(c => active.Contains(c.Index))), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(WithMissingColumns view, DataViewRowCursor input, HashSet<int> active) : DataViewRowCursor
    {
        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override DataViewSchema Schema => view.Schema;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Index < view._source.Schema.Count) return input.GetGetter<TValue>(view._source.Schema[column.Index]);
            if (view.Schema[column.Index].Type is not VectorDataViewType vector)
            {
                var missing = (TValue)Missing(typeof(TValue));
                return (ref TValue value) => value = missing;
            }
            return (ValueGetter<TValue>)s_vector.MakeGenericMethod(vector.ItemType.RawType).Invoke(null, [vector.Size])!;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) input.Dispose();
            base.Dispose(disposing);
        }

        private static readonly MethodInfo s_vector = typeof(Cursor).GetMethod(nameof(Vector), BindingFlags.Static | BindingFlags.NonPublic)!;

        private static ValueGetter<VBuffer<T>> Vector<T>(int size)
        {
            var items = new T[size];
            Array.Fill(items, (T)Missing(typeof(T)));
            return (ref VBuffer<T> value) => value = new VBuffer<T>(size, [.. items]);
        }

        private static object Missing(Type type) => type == typeof(float) ? float.NaN : type == typeof(double) ? double.NaN : Activator.CreateInstance(type)!;
    }
}
