using System.Text.Json;
using System.Text.Json.Serialization;
using MLNet.Pretrain.Checkpoints;

namespace MLNet.Pretrain.Text;

/// <summary><c>config.json</c> of a network over word vectors: what all kinds have.</summary>
internal abstract record WordNetworkFile
{
    private const string FileName = "config.json";
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    [JsonPropertyOrder(-1)]
    public required string ModelType { get; init; }

    public required int VocabSize { get; init; }

    public required int EmbeddingSize { get; init; }

    public required double Dropout { get; init; }

    public required bool TwoChannels { get; init; }

    public required int PadTokenId { get; init; }

    public required WordUnit WordUnit { get; init; }

    public required bool Lowercase { get; init; }

    public required string[] Labels { get; init; }

    [JsonIgnore]
    public WordSplitting Splitting => new() { Unit = WordUnit, Lowercase = Lowercase };

    public void Write(string directory) => AtomicFile.Write(Path.Combine(directory, FileName), JsonSerializer.Serialize(this, GetType(), s_json));

    /// <param name="directory">Where it is.</param>
    /// <param name="modelType">What it has to be.</param>
    /// <param name="owner">For messages.</param>
    /// <exception cref="InvalidDataException">It is missing, unreadable or of another kind.</exception>
    public static T Read<T>(string directory, string modelType, string owner) where T : WordNetworkFile
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            T content = JsonSerializer.Deserialize<T>(File.ReadAllText(path), s_json) ?? throw new JsonException("it is null");
            return content.ModelType == modelType ? content : throw new JsonException($"model_type is '{content.ModelType}', expected '{modelType}'");
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            throw new InvalidDataException($"'{path}' cannot be read as the configuration of a {owner}: {e.Message}", e);
        }
    }
}
