using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Search;

/// <summary>Keys, with what they stand for where that is known.</summary>
/// <param name="keys">One a row, from 1; 0 is the missing one.</param>
/// <param name="type">Of the key.</param>
/// <param name="names">What keys stand for; null where they do not say.</param>
internal sealed class KeyIndexValues(uint[] keys, KeyDataViewType type, LabelValues? names) : IndexValues
{
    public const string Kind = "Key";
    private const string KeysFile = "keys.npy", NamesFile = "key-values.json";
    private const string CountSetting = "keyCount", TypeSetting = "keyValueType";

    public override int Count => keys.Length;

    public override PrimitiveDataViewType Type => type;

    public override DataViewSchema.Annotations Annotations
    {
        get
        {
            var builder = new DataViewSchema.Annotations.Builder();
            names?.AddTo(builder);
            return builder.ToAnnotations();
        }
    }

    public override Delegate GetGetter(Func<ReadOnlyMemory<int>> rows) => Getter(keys, rows);

    /// <summary>What a key column's keys stand for; null where it does not say, as for hashes.</summary>
    public static LabelValues? NamesOf(DataViewSchema.Column column) =>
        column.Annotations.Schema.GetColumnOrNull(LabelValues.KeyValuesAnnotation) is null ? null : LabelValues.Of(column);

    public override void Save(string directory, IDictionary<string, string> settings)
    {
        (settings[KindSetting], settings[CountSetting]) = (Kind, type.Count.ToString(CultureInfo.InvariantCulture));
        NpyFile.Write<int>(Path.Combine(directory, KeysFile), MemoryMarshal.Cast<uint, int>(keys));
        if (names?.TypeName is not { } typeName) return;
        settings[TypeSetting] = typeName;
        File.WriteAllText(Path.Combine(directory, NamesFile), JsonSerializer.Serialize(names.Names));
    }

    public static new KeyIndexValues Load(string directory, IReadOnlyDictionary<string, string> settings)
    {
        if (!ulong.TryParse(TextSettings.Required(settings, CountSetting), NumberStyles.None, CultureInfo.InvariantCulture, out ulong count) || count == 0)
            throw new FormatException($"The saved model's setting '{CountSetting}' is '{settings[CountSetting]}'; expected a number of keys. It was altered; save the model again.");
        uint[] keys = [.. MemoryMarshal.Cast<int, uint>(NpyFile.Read<int>(Path.Combine(directory, KeysFile), out _))];
        LabelValues? names = settings.GetValueOrDefault(TypeSetting) is { } typeName
            ? LabelValues.FromNames(ReadNames(directory), typeName)
            : null;
        if (keys.Any(key => key > count)) throw new InvalidDataException($"The saved model's {KeysFile} has keys above {count}, the number of keys; it was altered. Save it again.");
        return new KeyIndexValues(keys, new KeyDataViewType(typeof(uint), count), names);
    }

    private static string[] ReadNames(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(directory, NamesFile))) ?? [];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The saved model's {NamesFile} is no list of texts ({e.Message}); it was altered. Save it again.", e);
        }
    }
}
