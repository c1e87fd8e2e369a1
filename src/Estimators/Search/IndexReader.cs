using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Search;

/// <summary>Reads the vectors and values of an index, checked before as shapes.</summary>
internal sealed class IndexReader(string owner, FindNearestOptions options, Action check)
{
    private const int RowsBetweenChecks = 1024;

    private float[] _vectors = [];

    public VectorIndex Read(IDataView data)
    {
        (DataViewSchema.Column vectors, DataViewSchema.Column values) = (data.Schema[options.Vectors], data.Schema[options.ValueColumnName]);
        using DataViewRowCursor cursor = data.GetRowCursor([vectors, values]);
        IndexValues found;
        if (values.Type is KeyDataViewType key)
        {
            uint[] keys = Read<uint>(cursor, vectors, values, value => value);
            found = new KeyIndexValues(keys, key, KeyIndexValues.NamesOf(values));
        }
        else
        {
            // The source may reuse its memory.
            found = new TextIndexValues(Read<ReadOnlyMemory<char>>(cursor, vectors, values, text => text.ToString().AsMemory()));
        }
        if (found.Count == 0) throw new InvalidOperationException($"{owner}: the index has no rows; expected {options.Count} or more, which is Count.");
        if (found.Count < options.Count) throw new InvalidOperationException($"{owner}: Count is {options.Count}, but the index has {found.Count} rows; expected 1 to {found.Count}.");
        int size = ((VectorDataViewType)vectors.Type).Size;
        Array.Resize(ref _vectors, found.Count * size);
        return new VectorIndex(_vectors, size, found, options.Similarity);
    }

    private T[] Read<T>(DataViewRowCursor cursor, DataViewSchema.Column vectors, DataViewSchema.Column values, Func<T, T> keep)
    {
        int size = ((VectorDataViewType)vectors.Type).Size;
        ValueGetter<VBuffer<float>> getVector = cursor.GetGetter<VBuffer<float>>(vectors);
        ValueGetter<T> getValue = cursor.GetGetter<T>(values);
        List<T> all = [];
        VBuffer<float> vector = default;
        T value = default!;
        while (cursor.MoveNext())
        {
            if (all.Count % RowsBetweenChecks == 0) check();
            getVector(ref vector);
            Span<float> row = Room(all.Count, size).AsSpan(all.Count * size, size);
            vector.CopyTo(row);
            foreach (float component in row)
                if (!float.IsFinite(component)) throw new InvalidOperationException(FormattableString.Invariant($"{owner}: row {all.Count} of the index has {component} in column '{options.Vectors}'; expected finite numbers. Leave out such rows, or ReplaceMissingValues."));
            getValue(ref value);
            all.Add(keep(value));
        }
        return [.. all];
    }

    private float[] Room(int row, int size)
    {
        long needed = (row + 1L) * size;
        if (needed > Array.MaxLength) throw new InvalidOperationException($"{owner}: the index has more than {row} vectors of {size} components, which is more than one array holds; divide it.");
        if (needed > _vectors.Length) Array.Resize(ref _vectors, (int)Math.Clamp(2L * _vectors.Length, Math.Max(needed, 1024), Math.Max(needed, Array.MaxLength)));
        return _vectors;
    }
}
