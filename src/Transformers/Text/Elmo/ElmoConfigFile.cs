using System.Text.Json;
using System.Text.Json.Serialization;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary><c>config.json</c> of an <see cref="Elmo"/>: the reference implementation's <c>options.json</c>, and what ours needs beside it.</summary>
internal static class ElmoConfigFile
{
    private const string FileName = "config.json", ModelType = "elmo";
    private static readonly JsonSerializerOptions s_json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Converters = { new JsonStringEnumConverter() } };

    public static void Write(string directory, ElmoConfig config, WordSplitting splitting, int maxRowLength) =>
        AtomicFile.Write(Path.Combine(directory, FileName), JsonSerializer.Serialize(new Content
        {
            ModelType = ModelType,
            CharCnn = new Characters
            {
                Activation = "relu",
                Embedding = new Embedding { Dim = config.CharacterEmbeddingSize },
                Filters = [.. config.Filters.Select(f => (int[])[f.Width, f.Count])],
                MaxCharactersPerToken = config.MaxCharacters,
                NCharacters = config.CharacterCount,
                NHighway = config.HighwayLayerCount,
            },
            Lstm = new Lstm
            {
                UseSkipConnections = true,
                ProjectionDim = config.ProjectionSize,
                CellClip = config.CellClip,
                ProjClip = config.ProjectionClip,
                Dim = config.CellSize,
                NLayers = config.LayerCount,
            },
            Dropout = config.Dropout,
            VocabSize = config.VocabularySize,
            MaxRowLength = maxRowLength,
            WordUnit = splitting.Unit,
            Lowercase = splitting.Lowercase,
        }, s_json));

    /// <exception cref="InvalidDataException">It is missing, unreadable or of another kind.</exception>
    public static (ElmoConfig Config, WordSplitting Splitting, int MaxRowLength) Read(string directory)
    {
        string path = Path.Combine(directory, FileName);
        try
        {
            Content content = JsonSerializer.Deserialize<Content>(File.ReadAllText(path), s_json) ?? throw new JsonException("it is null");
            if (content.ModelType != ModelType) throw new JsonException($"model_type is '{content.ModelType}', expected '{ModelType}'");
            if (content.CharCnn.Activation != "relu" || !content.Lstm.UseSkipConnections) throw new JsonException("its activation is not relu, or it has no skip connections; only that kind is supported");
            if (content.CharCnn.Filters.Any(f => f.Length != 2) || content.MaxRowLength < 2) throw new JsonException("filters must be pairs of width and count, and max_row_length 2 or more");
            var config = new ElmoConfig
            {
                CharacterCount = content.CharCnn.NCharacters,
                CharacterEmbeddingSize = content.CharCnn.Embedding.Dim,
                Filters = [.. content.CharCnn.Filters.Select(f => new CharacterFilters(f[0], f[1]))],
                HighwayLayerCount = content.CharCnn.NHighway,
                MaxCharacters = content.CharCnn.MaxCharactersPerToken,
                ProjectionSize = content.Lstm.ProjectionDim,
                CellSize = content.Lstm.Dim,
                LayerCount = content.Lstm.NLayers,
                CellClip = content.Lstm.CellClip,
                ProjectionClip = content.Lstm.ProjClip,
                Dropout = content.Dropout,
                VocabularySize = content.VocabSize,
            };
            return (config, new WordSplitting { Unit = content.WordUnit, Lowercase = content.Lowercase }, content.MaxRowLength);
        }
        catch (Exception e) when (e is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidDataException($"'{path}' cannot be read as the configuration of an ELMo: {e.Message}", e);
        }
    }

    private sealed record Content
    {
        public required string ModelType { get; init; }

        public required Characters CharCnn { get; init; }

        public required Lstm Lstm { get; init; }

        public required double Dropout { get; init; }

        public required int VocabSize { get; init; }

        public required int MaxRowLength { get; init; }

        public required WordUnit WordUnit { get; init; }

        public required bool Lowercase { get; init; }
    }

    private sealed record Characters
    {
        public required string Activation { get; init; }

        public required Embedding Embedding { get; init; }

        public required int[][] Filters { get; init; }

        public required int MaxCharactersPerToken { get; init; }

        public required int NCharacters { get; init; }

        public required int NHighway { get; init; }
    }

    private sealed record Embedding
    {
        public required int Dim { get; init; }
    }

    private sealed record Lstm
    {
        public required bool UseSkipConnections { get; init; }

        public required int ProjectionDim { get; init; }

        public required double CellClip { get; init; }

        public required double ProjClip { get; init; }

        public required int Dim { get; init; }

        public required int NLayers { get; init; }
    }
}
