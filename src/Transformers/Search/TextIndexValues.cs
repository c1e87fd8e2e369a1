using System.Text.Json;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Search;

/// <summary>Texts.</summary>
internal sealed class TextIndexValues(ReadOnlyMemory<char>[] texts) : IndexValues
{
    public const string Kind = "Text";
    private const string FileName = "values.json";

    public override int Count => texts.Length;

    public override PrimitiveDataViewType Type => TextDataViewType.Instance;

    public override Delegate GetGetter(Func<ReadOnlyMemory<int>> rows) => Getter(texts, rows);

    public override void Save(string directory, IDictionary<string, string> settings)
    {
        settings[KindSetting] = Kind;
        using FileStream file = File.Create(Path.Combine(directory, FileName));
        JsonSerializer.Serialize(file, texts.Select(text => text.ToString()));
    }

    public static TextIndexValues Load(string directory)
    {
        using FileStream file = File.OpenRead(Path.Combine(directory, FileName));
        try
        {
            return new([.. (JsonSerializer.Deserialize<string?[]>(file) ?? []).Select(text => text.AsMemory())]);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The saved model's {FileName} is no list of texts ({e.Message}); it was altered. Save it again.", e);
        }
    }
}
