using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary>RoBERTa's sequences over GPT-2's byte-level BPE (Radford et al. 2019), whose merging Microsoft.ML.Tokenizers does.</summary>
internal sealed class ByteLevelSource : ITokenSource
{
    private readonly BpeTokenizer _tokenizer;
    private readonly byte[] _vocabulary, _merges;
    private readonly string?[] _entries;

    private ByteLevelSource(byte[] vocabulary, byte[] merges, IReadOnlyDictionary<string, int> ids)
    {
        (_vocabulary, _merges, VocabSize) = (vocabulary, merges, ids.Values.Max() + 1);
        _tokenizer = CreateTokenizer(ids, Merges(merges));
        _entries = new string?[VocabSize];
        foreach ((string entry, int id) in ids) _entries[id] = entry;
        PadTokenId = Id("<pad>");
        ClsTokenId = Id("<s>");
        SepTokenId = Id("</s>");
        MaskTokenId = Id("<mask>");
        UnkTokenId = Id("<unk>");

        int Id(string token) => ids.TryGetValue(token, out int id)
            ? id
            : throw new InvalidDataException($"{TokenizerFiles.BpeVocabulary} has no '{token}'; expected RoBERTa's special tokens <s> <pad> </s> <unk> <mask>.");
    }

    public Tokenizer Tokenizer => _tokenizer;

    public int VocabSize { get; }

    public int PadTokenId { get; }

    public int ClsTokenId { get; }

    public int SepTokenId { get; }

    public int MaskTokenId { get; }

    public int UnkTokenId { get; }

    public bool HasTokenTypes => false;

    public int SeparatorsBetween => 2;

    // Not the package's CodeGenTokenizer, which splits runs of white space otherwise than GPT-2.
    public static BpeTokenizer CreateTokenizer(IReadOnlyDictionary<string, int> ids, IEnumerable<string> merges) =>
        BpeTokenizer.Create(new BpeOptions(ids) { Merges = merges, ByteLevel = true, PreTokenizer = new Gpt2PreTokenizer() });

    public static ByteLevelSource Read(string directory)
    {
        byte[] vocabulary = File.ReadAllBytes(Path.Combine(directory, TokenizerFiles.BpeVocabulary));
        byte[] merges = File.ReadAllBytes(Path.Combine(directory, TokenizerFiles.BpeMerges));
        try
        {
            var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(vocabulary) ?? throw new JsonException("it is null");
            return new ByteLevelSource(vocabulary, merges, ids);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{Path.Combine(directory, TokenizerFiles.BpeVocabulary)}' is not readable ({e.Message}); expected a JSON object of tokens and ids.", e);
        }
    }

    public void Append(ReadOnlySpan<char> text, int maxTokens, EncodedText destination)
    {
        if (text.IsEmpty) return;
        IReadOnlyList<EncodedToken> tokens = _tokenizer.EncodeToTokens(text, out _);
        int take = Math.Min(tokens.Count, maxTokens);
        for (int i = 0; i < take; i++)
        {
            (int start, int length) = tokens[i].Offset.GetOffsetAndLength(text.Length);
            destination.Add(tokens[i].Id, new TokenOffset(start, length));
        }
        destination.Truncated = take < tokens.Count;
    }

    public string TokenOf(int id) => _entries[id] is not { } entry ? "" : entry.StartsWith('<') && entry.EndsWith('>') ? entry : _tokenizer.Decode([id]) ?? entry;

    // Words carry the space before them, which byte-level vocabularies write as U+0120.
    public bool BeginsWord(int id) => _entries[id] is not { Length: > 0 } entry || entry[0] == '\u0120' || !char.IsLetterOrDigit(entry[0]);

    public void Save(string directory)
    {
        TokenizerFiles.Write(directory, TokenizerFiles.BpeVocabulary, System.Text.Encoding.UTF8.GetString(_vocabulary));
        TokenizerFiles.Write(directory, TokenizerFiles.BpeMerges, System.Text.Encoding.UTF8.GetString(_merges));
        TokenizerFiles.Write(directory, TokenizerFiles.Config, new JsonObject { ["tokenizer_class"] = "RobertaTokenizer" }.ToJsonString(TokenizerFiles.Indented) + "\n");
    }

    // Without the version line at the top.
    private static IEnumerable<string> Merges(byte[] file) =>
        System.Text.Encoding.UTF8.GetString(file).Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal));
}
