using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>Values of chosen columns of every row, as plain arrays and strings, with row ids: what the suite compares.</summary>
internal static class RowReader
{
    public static List<(DataViewRowId Id, object[] Values)> Read(IDataView view, IEnumerable<string> columns)
    {
        DataViewSchema.Column[] active = [.. columns.Select(name => view.Schema[name])];
        using DataViewRowCursor cursor = view.GetRowCursor(active);
        return Read(cursor, active);
    }

    public static List<(DataViewRowId Id, object[] Values)> Read(DataViewRowCursor cursor, DataViewSchema.Column[] active)
    {
        Func<object>[] getters = [.. active.Select(column => Getter(cursor, column))];
        ValueGetter<DataViewRowId> idGetter = cursor.GetIdGetter();
        var rows = new List<(DataViewRowId, object[])>();
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            idGetter(ref id);
            rows.Add((id, [.. getters.Select(get => get())]));
        }
        return rows;
    }

    public static Func<object> Getter(DataViewRow row, DataViewSchema.Column column) =>
        (Func<object>)typeof(RowReader).GetMethod(column.Type is VectorDataViewType ? nameof(Vector) : nameof(Scalar), System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)!
            .MakeGenericMethod(column.Type is VectorDataViewType vector ? vector.ItemType.RawType : column.Type.RawType).Invoke(null, [row, column])!;

    public static void ShouldAgree(IEnumerable<object[]> actual, IEnumerable<object[]> expected, string because, float tolerance = 0)
    {
        object[][] left = [.. actual], right = [.. expected];
        left.Length.Should().Be(right.Length, because);
        for (int row = 0; row < left.Length; row++)
        {
            for (int column = 0; column < left[row].Length; column++) ShouldAgree(left[row][column], right[row][column], $"{because} (row {row})", tolerance);
        }
    }

    /// <summary>The value that a fresh process wrote as text, of the kind of another.</summary>
    public static object Parse(string value, object like) => like switch
    {
        float[] => value.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => float.Parse(number, CultureInfo.InvariantCulture)).ToArray(),
        float => float.Parse(value, CultureInfo.InvariantCulture),
        int => int.Parse(value, CultureInfo.InvariantCulture),
        bool => bool.Parse(value),
        _ => value,
    };

    private static void ShouldAgree(object actual, object expected, string because, float tolerance)
    {
        if (actual is float[] a && expected is float[] b)
        {
            a.Length.Should().Be(b.Length, because);
            for (int i = 0; i < a.Length; i++) a[i].Should().BeApproximately(b[i], tolerance + 1e-30f, because);
        }
        else if (actual is float x && expected is float y) x.Should().BeApproximately(y, tolerance + 1e-30f, because);
        else actual.Should().Be(expected, because);
    }

    private static Func<object> Scalar<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return value is float or bool ? value : Convert.ToString(value, CultureInfo.InvariantCulture)!;
        };
    }

    private static Func<object> Vector<T>(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<T>> getter = row.GetGetter<VBuffer<T>>(column);
        return () =>
        {
            VBuffer<T> value = default;
            getter(ref value);
            T[] dense = [.. value.DenseValues()];
            return dense is float[]? dense : string.Join('|', dense.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture)));
        };
    }
}
