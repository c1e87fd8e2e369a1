using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MLNet.Pretrain.Checkpoints;

namespace MLNet.Pretrain.Tokenization;

/// <summary>The tokenizer files of a checkpoint directory.</summary>
internal static class TokenizerFiles
{
    public const string Vocabulary = "vocab.txt";
    public const string Config = "tokenizer_config.json";
    public const string BpeVocabulary = "vocab.json";
    public const string BpeMerges = "merges.txt";

    // Text rules as keys of the configuration. The first is Hugging Face's as well; the others, which its libraries pass over, are ours.
    public const string SplitSpecialTokens = "split_special_tokens", MaxWordLength = "max_input_chars_per_word", DropUnassigned = "drop_unassigned";

    public static readonly JsonSerializerOptions Indented = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver(), WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ITokenSource Read(string directory)
    {
        if (!Directory.Exists(directory))
            throw new DirectoryNotFoundException($"Checkpoint directory '{directory}' was not found; expected a directory with {Vocabulary} (or {BpeVocabulary} and {BpeMerges}).");
        JsonObject config = ReadJson(Path.Combine(directory, Config));
        if (File.Exists(Path.Combine(directory, Vocabulary)))
            return new WordPieceSource(BertWordPieceTokenizer.Create(Path.Combine(directory, Vocabulary), Options(config)));
        if (File.Exists(Path.Combine(directory, BpeVocabulary)) && File.Exists(Path.Combine(directory, BpeMerges)))
            return ByteLevelSource.Read(directory);
        string found = string.Join(", ", Directory.GetFiles(directory).Select(Path.GetFileName).Order());
        throw new FileNotFoundException($"Checkpoint directory '{directory}' has no tokenizer. Found: {(found.Length == 0 ? "nothing" : found)}. Expected {Vocabulary} (BERT, DistilBERT), or {BpeVocabulary} and {BpeMerges} (RoBERTa).");
    }

    /// <summary>Replaces a file only once its new content is complete.</summary>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public static void Write(string directory, string name, string content)
    {
        try
        {
            Directory.CreateDirectory(directory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new IOException($"Folder '{directory}' could not be made: {e.Message.TrimEnd('.')}. Name a folder that can be written.", e);
        }
        AtomicFile.Write(Path.Combine(directory, name), content);
    }

    private static BertWordPieceOptions Options(JsonObject config)
    {
        var defaults = new BertWordPieceOptions();
        return defaults with
        {
            LowerCase = config["do_lower_case"]?.GetValue<bool>() ?? defaults.LowerCase,
            StripAccents = config["strip_accents"]?.GetValue<bool>(),
            SplitChinese = config["tokenize_chinese_chars"]?.GetValue<bool>() ?? defaults.SplitChinese,
            RecogniseSpecialTokens = !(config[SplitSpecialTokens]?.GetValue<bool>() ?? !defaults.RecogniseSpecialTokens),
            MaxWordLength = config[MaxWordLength]?.GetValue<int>() ?? defaults.MaxWordLength,
            DropUnassigned = config[DropUnassigned]?.GetValue<bool>() ?? defaults.DropUnassigned,
            UnknownToken = Token("unk_token") ?? defaults.UnknownToken,
            ClassificationToken = Token("cls_token") ?? defaults.ClassificationToken,
            SeparatorToken = Token("sep_token") ?? defaults.SeparatorToken,
            PaddingToken = Token("pad_token") ?? defaults.PaddingToken,
            MaskToken = Token("mask_token") ?? defaults.MaskToken,
        };

        // Older files write a token as text, newer ones as an object with its content.
        string? Token(string name) => config[name] is JsonObject detailed ? detailed["content"]?.GetValue<string>() : config[name]?.GetValue<string>();
    }

    private static JsonObject ReadJson(string path)
    {
        if (!File.Exists(path)) return [];
        try
        {
            return JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new JsonException("it is not an object");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{path}' is not readable JSON ({e.Message}); expected an object with tokenizer settings. Restore the file or delete it to use BERT's defaults.", e);
        }
    }
}
