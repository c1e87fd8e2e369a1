using System.Text.Json;
using System.Text.Json.Serialization;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary><c>config.json</c> of a <see cref="TextCnn"/>.</summary>
internal static class TextCnnConfigFile
{
    private const string FileName = "config.json", ModelType = "textcnn";
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public static void Write(string directory, TextCnnConfig config, WordSplitting splitting, IReadOnlyList<string> labels) =>
        AtomicFile.Write(Path.Combine(directory, FileName), JsonSerializer.Serialize(new Content
        {
            ModelType = ModelType,
            VocabSize = config.VocabularySize,
            EmbeddingSize = config.EmbeddingSize,
            FilterSizes = [.. config.FilterWidths],
            NumFilters = config.FeatureMaps,
            Dropout = config.Dropout,
            TwoChannels = config.TwoChannels,
            PadTokenId = config.PadTokenId,
            WordUnit = splitting.Unit,
            Lowercase = splitting.Lowercase,
            Labels = [.. labels],
        }, s_json));

    /// <exception cref="InvalidDataException">It is missing, unreadable or of another kind.</exception>
    public static (TextCnnConfig Config, WordSplitting Splitting, IReadOnlyList<string> Labels) Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            Content content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), s_json) ?? throw new JsonException("it is null");
            if (content.ModelType != ModelType) throw new JsonException($"model_type is '{content.ModelType}', expected '{ModelType}'");
            var config = new TextCnnConfig
            {
                VocabularySize = content.VocabSize,
                EmbeddingSize = content.EmbeddingSize,
                FilterWidths = content.FilterSizes,
                FeatureMaps = content.NumFilters,
                ClassCount = content.Labels.Length,
                Dropout = content.Dropout,
                TwoChannels = content.TwoChannels,
                PadTokenId = content.PadTokenId,
            };
            return (config, new WordSplitting { Unit = content.WordUnit, Lowercase = content.Lowercase }, content.Labels);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException)
        {
            throw new InvalidDataException($"'{path}' cannot be read as the configuration of a TextCnn: {e.Message}", e);
        }
    }

    private sealed record Content
    {
        public required string ModelType { get; init; }

        public required int VocabSize { get; init; }

        public required int EmbeddingSize { get; init; }

        public required int[] FilterSizes { get; init; }

        public required int NumFilters { get; init; }

        public required double Dropout { get; init; }

        public required bool TwoChannels { get; init; }

        public required int PadTokenId { get; init; }

        public required WordUnit WordUnit { get; init; }

        public required bool Lowercase { get; init; }

        public required string[] Labels { get; init; }
    }
}
