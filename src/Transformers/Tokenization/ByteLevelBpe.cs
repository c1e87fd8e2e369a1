using System.Text;
using System.Text.Json;
using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// GPT-2's byte-level BPE (Radford et al. 2019), whose merging Microsoft.ML.Tokenizers does: the vocabulary and merges of <c>vocab.json</c> and
/// <c>merges.txt</c>, without any special token's meaning. Thread safe.
/// </summary>
internal sealed class ByteLevelBpe
{
    private const string Header = "#version: 0.2\n";

    private static readonly char[] s_charOfByte = CharOfByte();

    private readonly BpeTokenizer _tokenizer;
    private readonly byte[] _vocabulary, _merges;
    private readonly Lazy<byte[]?[]> _bytesOfId;

    private ByteLevelBpe(byte[] vocabulary, byte[] merges, IReadOnlyDictionary<string, int> ids)
    {
        (_vocabulary, _merges, Ids, VocabSize) = (vocabulary, merges, ids, ids.Values.Max() + 1);
        _tokenizer = CreateTokenizer(ids, Merges(merges));
        _bytesOfId = new(() => BytesOfId(ids, VocabSize));
    }

    public Tokenizer Tokenizer => _tokenizer;

    public IReadOnlyDictionary<string, int> Ids { get; }

    public int VocabSize { get; }

    // Not the package's CodeGenTokenizer, which splits runs of white space otherwise than GPT-2.
    public static BpeTokenizer CreateTokenizer(IReadOnlyDictionary<string, int> ids, IEnumerable<string> merges) =>
        BpeTokenizer.Create(new BpeOptions(ids) { Merges = merges, ByteLevel = true, PreTokenizer = new Gpt2PreTokenizer() });

    public static ByteLevelBpe Read(string directory)
    {
        byte[] vocabulary = File.ReadAllBytes(Path.Combine(directory, TokenizerFiles.BpeVocabulary));
        byte[] merges = File.ReadAllBytes(Path.Combine(directory, TokenizerFiles.BpeMerges));
        try
        {
            var ids = JsonSerializer.Deserialize<Dictionary<string, int>>(vocabulary) ?? throw new JsonException("it is null");
            if (ids.Count == 0) throw new JsonException("it has no tokens");
            return new ByteLevelBpe(vocabulary, merges, ids);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"'{Path.Combine(directory, TokenizerFiles.BpeVocabulary)}' is not readable ({e.Message}); expected a JSON object of tokens and ids.", e);
        }
    }

    /// <summary>The 256 bytes as tokens, in GPT-2's order, no merges, and special tokens after them.</summary>
    public static ByteLevelBpe OfBytes(params ReadOnlySpan<string> specialTokens)
    {
        var ids = new Dictionary<string, int>();
        foreach (char token in s_charOfByte.Order()) ids.Add(token.ToString(), ids.Count);
        foreach (string token in specialTokens) ids.Add(token, ids.Count);
        return new ByteLevelBpe(JsonSerializer.SerializeToUtf8Bytes(ids, TokenizerFiles.Indented), Encoding.UTF8.GetBytes(Header), ids);
    }

    /// <summary>A vocabulary in memory: its entries by id, and its merges, the first first.</summary>
    public static ByteLevelBpe Of(IReadOnlyList<string> entries, IReadOnlyList<string> merges)
    {
        var ids = entries.Index().ToDictionary(e => e.Item, e => e.Index);
        return new ByteLevelBpe(JsonSerializer.SerializeToUtf8Bytes(ids, TokenizerFiles.Indented), Encoding.UTF8.GetBytes(Header + string.Concat(merges.Select(merge => merge + "\n"))), ids);
    }

    /// <summary>
    /// A smaller vocabulary, ids in the old order: all bytes, the entries to keep, and the merges that lead to these with all they need. A text whose tokens are all
    /// kept is cut as before, because no merge that took part in cutting it is missing.
    /// </summary>
    /// <param name="keep">By id; entries that are kept as well are marked.</param>
    public ByteLevelBpe Reduce(Span<bool> keep)
    {
        foreach (char symbol in s_charOfByte) Mark(keep, symbol.ToString());
        string[] merges = [.. Merges(_merges)];
        bool[] keptMerges = new bool[merges.Length];
        // What is merged was made by earlier merges.
        for (int i = merges.Length - 1; i >= 0; i--)
        {
            string[] parts = merges[i].Split(' ');
            if (!Ids.TryGetValue(parts[0] + parts[1], out int made) || !keep[made]) continue;
            keptMerges[i] = true;
            foreach (string part in parts) Mark(keep, part);
        }
        var entries = new SortedDictionary<int, string>();
        foreach ((string token, int id) in Ids)
            if (keep[id]) entries.Add(id, token);
        for (int id = 0; id < keep.Length; id++) keep[id] &= entries.ContainsKey(id);   // a number without an entry
        return Of([.. entries.Values], [.. merges.Where((_, i) => keptMerges[i])]);
    }

    private void Mark(Span<bool> keep, string token)
    {
        if (Ids.TryGetValue(token, out int id)) keep[id] = true;
    }

    public void Append(ReadOnlySpan<char> text, int maxTokens, EncodedText destination)
    {
        if (text.IsEmpty) return;
        // Half of a surrogate pair has no bytes: it is read as U+FFFD, one character as well, so that offsets hold.
        if (HasLoneSurrogate(text)) text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToArray()));
        IReadOnlyList<EncodedToken> tokens = _tokenizer.EncodeToTokens(text, out _);
        int take = Math.Min(tokens.Count, maxTokens);
        for (int i = 0; i < take; i++)
        {
            (int start, int length) = tokens[i].Offset.GetOffsetAndLength(text.Length);
            destination.Add(tokens[i].Id, WholeCharacters(text, start, start + length));
        }
        destination.Truncated = take < tokens.Count;
    }

    /// <summary>The bytes that a token stands for; a special token's are its name's. Empty for an id without a token.</summary>
    public ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)VocabSize ? _bytesOfId.Value[id] : default;

    public void Save(string directory)
    {
        TokenizerFiles.Write(directory, TokenizerFiles.BpeVocabulary, Encoding.UTF8.GetString(_vocabulary));
        TokenizerFiles.Write(directory, TokenizerFiles.BpeMerges, Encoding.UTF8.GetString(_merges));
    }

    // The package gives each of an emoji's bytes the first half of its surrogate pair.
    private static TokenOffset WholeCharacters(ReadOnlySpan<char> text, int start, int end)
    {
        if (start > 0 && start < text.Length && char.IsSurrogatePair(text[start - 1], text[start])) start--;
        if (end > start && end < text.Length && char.IsSurrogatePair(text[end - 1], text[end])) end++;
        return new TokenOffset(start, end - start);
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        for (int at; (at = text.IndexOfAnyInRange('\ud800', '\udfff')) >= 0; text = text[(at + 2)..])
            if (at + 1 == text.Length || !char.IsSurrogatePair(text[at], text[at + 1])) return true;
        return false;
    }

    // Without the version line at the top.
    private static IEnumerable<string> Merges(byte[] file) =>
        Encoding.UTF8.GetString(file).Split('\n').Select(line => line.TrimEnd('\r')).Where(line => line.Length > 0 && !line.StartsWith("#version", StringComparison.Ordinal));

    // A byte's character: itself where it prints, else one of those from U+0100 on, in order.
    private static char[] CharOfByte()
    {
        var chars = new char[256];
        int others = 0;
        for (int b = 0; b < 256; b++)
            chars[b] = b is (>= '!' and <= '~') or (>= 0xA1 and <= 0xAC) or >= 0xAE ? (char)b : (char)(256 + others++);
        return chars;
    }

    private static byte[]?[] BytesOfId(IReadOnlyDictionary<string, int> ids, int count)
    {
        var bytes = new byte[]?[count];
        var byteOf = new Dictionary<char, byte>();
        for (int b = 0; b < 256; b++) byteOf[s_charOfByte[b]] = (byte)b;
        foreach ((string token, int id) in ids)
            bytes[id] = token.All(byteOf.ContainsKey) ? [.. token.Select(c => byteOf[c])] : Encoding.UTF8.GetBytes(token);
        return bytes;
    }
}
