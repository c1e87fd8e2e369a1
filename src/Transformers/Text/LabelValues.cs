using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The classes of a label, in the order of keys: their text for people and files, and the type the label column gave them,
/// so that <c>MapKeyToValue</c> on a prediction returns what the user put in.
/// </summary>
internal sealed class LabelValues
{
    public const string KeyValuesAnnotation = "KeyValues";
    private const string SlotNamesAnnotation = ScoreAnnotations.SlotNames;

    private const int MaxUnnamed = 1_000_000;

    private static readonly PrimitiveDataViewType[] s_types =
    [
        TextDataViewType.Instance, BooleanDataViewType.Instance, NumberDataViewType.Single, NumberDataViewType.Double,
        NumberDataViewType.SByte, NumberDataViewType.Byte, NumberDataViewType.Int16, NumberDataViewType.UInt16,
        NumberDataViewType.Int32, NumberDataViewType.UInt32, NumberDataViewType.Int64, NumberDataViewType.UInt64,
    ];

    private LabelValues(IReadOnlyList<string> names, PrimitiveDataViewType? type) => (Names, Type) = (names, type);

    /// <summary>One name a class.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The type of the classes' values; null where they are a key's that has none.</summary>
    public PrimitiveDataViewType? Type { get; }

    /// <summary>How the type is written in a saved model; null where the key has no values.</summary>
    public string? TypeName => Type?.ToString();

    /// <summary>The values of a column of keys, or of vectors of keys.</summary>
    public static LabelValues Of(DataViewSchema.Column label)
    {
        ulong keys = ((KeyDataViewType)((label.Type as VectorDataViewType)?.ItemType ?? label.Type)).Count;
        if (keys > MaxUnnamed && label.Annotations.Schema.GetColumnOrNull(KeyValuesAnnotation) is null)
            throw new ArgumentException($"The keys of column '{label.Name}' have no values and go up to {keys}, as hashes do; expected classes. Map the values with Transforms.Conversion.MapValueToKey.");
        int count = checked((int)keys);
        return Of(label, KeyValuesAnnotation, count) ?? new([.. Enumerable.Range(0, count).Select(i => i.ToString(CultureInfo.InvariantCulture))], null);
    }

    /// <summary>The values that an annotation of a column holds; null where it does not, or another number of them.</summary>
    public static LabelValues? Of(DataViewSchema.Column column, string annotation, int count)
    {
        if (column.Annotations.Schema.GetColumnOrNull(annotation)?.Type is not VectorDataViewType { Size: var size, ItemType: var type } || size != count) return null;
        if (!s_types.Contains(type))
            throw new ArgumentException($"The values behind column '{column.Name}' are {type}; expected text, numbers or booleans. Convert the label with ConvertType before MapValueToKey.");
        return (LabelValues)Invoke(nameof(Read), type, column.Annotations, annotation, type)!;
    }

    /// <summary>The names of a vector's slots.</summary>
    public static LabelValues OfSlots(DataViewSchema.Column label)
    {
        VBuffer<ReadOnlyMemory<char>> names = default;
        label.Annotations.GetValue(SlotNamesAnnotation, ref names);
        return new([.. names.DenseValues().Select(name => name.ToString())], TextDataViewType.Instance);
    }

    /// <summary>The values as they were saved.</summary>
    public static LabelValues FromNames(IReadOnlyList<string> names, string? typeName) => new(names, typeName is null
        ? null
        : Array.Find(s_types, type => type.ToString() == typeName) ?? throw new FormatException($"The saved model's label type is '{typeName}'; expected one of {string.Join<PrimitiveDataViewType>(", ", s_types)}."));

    /// <summary>Values by their names, in the order of their type: of text its code units, false before true, numbers by size.</summary>
    /// <param name="names">Different ones, as <see cref="Of(DataViewSchema.Column)"/> would give them.</param>
    /// <param name="type">Text, Boolean or a type of number.</param>
    public static LabelValues Sorted(IEnumerable<string> names, PrimitiveDataViewType type) =>
        new(type is TextDataViewType ? [.. names.Order(StringComparer.Ordinal)] : (string[])Invoke(nameof(Sort), type, names)!, type);

    /// <summary>Adds the values as <c>KeyValues</c>; nothing where the key has none.</summary>
    public void AddTo(DataViewSchema.Annotations.Builder builder)
    {
        if (Type is not null) Invoke(nameof(Add), Type, builder, Names, Type);
    }

    /// <summary>Adds the names as <c>SlotNames</c>.</summary>
    public void AddSlotNames(DataViewSchema.Annotations.Builder builder) =>
        Add<ReadOnlyMemory<char>>(builder, Names, TextDataViewType.Instance, SlotNamesAnnotation);

    private static object? Invoke(string method, PrimitiveDataViewType type, params object[] arguments) =>
        typeof(LabelValues).GetMethods(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic)
            .Single(m => m.Name == method && m.GetParameters().Length == arguments.Length)
            .MakeGenericMethod(type.RawType).Invoke(null, arguments);

    private static string[] Sort<T>(IEnumerable<string> names) => [.. names.OrderBy(Value<T>)];

    private static T Value<T>(string name) => (T)Convert.ChangeType(name, typeof(T), CultureInfo.InvariantCulture);

    private static LabelValues Read<T>(DataViewSchema.Annotations annotations, string annotation, PrimitiveDataViewType type)
    {
        VBuffer<T> values = default;
        annotations.GetValue(annotation, ref values);
        return new([.. values.DenseValues().Select(value => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")], type);
    }

    private static void Add<T>(DataViewSchema.Annotations.Builder builder, IReadOnlyList<string> names, PrimitiveDataViewType type) =>
        Add<T>(builder, names, type, KeyValuesAnnotation);

    private static void Add<T>(DataViewSchema.Annotations.Builder builder, IReadOnlyList<string> names, PrimitiveDataViewType type, string annotation)
    {
        T[] values = [.. names.Select(name => typeof(T) == typeof(ReadOnlyMemory<char>)
            ? (T)(object)name.AsMemory()
            : Value<T>(name))];
        builder.Add<VBuffer<T>>(annotation, new VectorDataViewType(type, values.Length), (ref VBuffer<T> value) =>
        {
            VBufferEditor<T> editor = VBufferEditor.Create(ref value, values.Length);
            values.CopyTo(editor.Values);
            value = editor.Commit();
        });
    }
}
