using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>Reads a class by its name from a column of any type ML.NET has for classes, so that candidates with different key orders agree.</summary>
internal static class LabelColumn
{
    /// <summary>A function that gives the current row's class; null where it is missing.</summary>
    /// <exception cref="ArgumentException">The column is of another type.</exception>
    public static Func<string?> Reader(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        TextDataViewType => TextReader(row, column),
        BooleanDataViewType => Read<bool>(row, column, value => value ? bool.TrueString : bool.FalseString),
        KeyDataViewType { RawType: var raw } when raw == typeof(uint) => KeyReader(row, column),
        NumberDataViewType { RawType: var raw } when raw == typeof(float) => Read<float>(row, column, value => float.IsNaN(value) ? null : value.ToString(CultureInfo.InvariantCulture)),
        NumberDataViewType { RawType: var raw } when raw == typeof(double) => Read<double>(row, column, value => double.IsNaN(value) ? null : value.ToString(CultureInfo.InvariantCulture)),
        NumberDataViewType { RawType: var raw } when raw == typeof(int) => Read<int>(row, column, value => value.ToString(CultureInfo.InvariantCulture)),
        NumberDataViewType { RawType: var raw } when raw == typeof(uint) => Read<uint>(row, column, value => value.ToString(CultureInfo.InvariantCulture)),
        NumberDataViewType { RawType: var raw } when raw == typeof(long) => Read<long>(row, column, value => value.ToString(CultureInfo.InvariantCulture)),
        NumberDataViewType { RawType: var raw } when raw == typeof(byte) => Read<byte>(row, column, value => value.ToString(CultureInfo.InvariantCulture)),
        _ => throw new ArgumentException($"Column '{column.Name}' is {column.Type}; classes are read from Text, Key<UInt32>, Boolean, Single, Double, Int32, UInt32, Int64 or Byte. Map it with ConvertType or MapValueToKey."),
    };

    /// <summary>The classes that a column can have, where its type says so: those of a key or a Boolean.</summary>
    public static IReadOnlyList<string> Names(DataViewSchema.Column column) => column.Type switch
    {
        BooleanDataViewType => [bool.FalseString, bool.TrueString],
        KeyDataViewType { RawType: var raw } when raw == typeof(uint) => LabelValues.Of(column).Names,
        _ => [],
    };

    private static Func<string?> KeyReader(DataViewRow row, DataViewSchema.Column column)
    {
        IReadOnlyList<string> names = LabelValues.Of(column).Names;
        return Read<uint>(row, column, key => key == 0 || key > names.Count ? null : names[(int)key - 1]);
    }

    private static Func<string?> TextReader(DataViewRow row, DataViewSchema.Column column)
    {
        // Classes are few and rows many: one string a class, not one a row.
        var known = new Dictionary<string, string>(StringComparer.Ordinal);
        var lookup = known.GetAlternateLookup<ReadOnlySpan<char>>();
        return Read<ReadOnlyMemory<char>>(row, column, text =>
        {
            if (text.IsEmpty) return null;
            if (!lookup.TryGetValue(text.Span, out string? name)) known.Add(name = text.ToString(), name);
            return name;
        });
    }

    private static Func<string?> Read<T>(DataViewRow row, DataViewSchema.Column column, Func<T, string?> name)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return name(value);
        };
    }
}
