using System.Globalization;
using System.Numerics;
using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>Reads a class by its name from a column of any type ML.NET has for classes, so that keys of other orders and columns of other types agree.</summary>
internal static class ClassColumn
{
    /// <summary>What is read, for messages.</summary>
    public const string Kinds = "Key<UInt32>, Text, Boolean or a type of number";

    private static readonly MethodInfo s_numbers = typeof(ClassColumn).GetMethod(nameof(NumberReader), BindingFlags.Static | BindingFlags.NonPublic)!;

    public static bool Holds(SchemaShape.Column column) => column.Kind == SchemaShape.Column.VectorKind.Scalar && (column.IsKey
        ? column.ItemType == NumberDataViewType.UInt32
        : column.ItemType is TextDataViewType or BooleanDataViewType or NumberDataViewType);

    /// <summary>A function that gives the present row's class; null where it is missing: key 0, an empty text, NaN.</summary>
    /// <exception cref="ArgumentException">The column is of another type.</exception>
    public static Func<string?> Reader(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        KeyDataViewType { RawType: var raw } when raw == typeof(uint) => KeyReader(row, column),
        TextDataViewType => TextReader(row, column),
        BooleanDataViewType => Read<bool>(row, column, value => value ? bool.TrueString : bool.FalseString),
        NumberDataViewType { RawType: var raw } => s_numbers.MakeGenericMethod(raw).CreateDelegate<Func<DataViewRow, DataViewSchema.Column, Func<string?>>>()(row, column),
        _ => throw new ArgumentException($"Column '{column.Name}' is {column.Type}; classes are read from {Kinds}. Map it with ConvertType or MapValueToKey."),
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
        var pool = new TextPool();
        return Read<ReadOnlyMemory<char>>(row, column, text => text.IsEmpty ? null : pool.Of(text));
    }

    private static Func<string?> NumberReader<T>(DataViewRow row, DataViewSchema.Column column) where T : INumberBase<T>
    {
        var names = new Dictionary<T, string>();
        return Read<T>(row, column, value =>
        {
            if (T.IsNaN(value)) return null;
            if (!names.TryGetValue(value, out string? name)) names.Add(value, name = (value + T.Zero).ToString(null, CultureInfo.InvariantCulture));   // -0 is 0
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
