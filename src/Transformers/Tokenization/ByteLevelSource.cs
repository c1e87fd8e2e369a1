using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary>RoBERTa's sequences over GPT-2's byte-level BPE.</summary>
internal sealed class ByteLevelSource : ITokenSource
{
    private readonly ByteLevelBpe _bpe;

    private ByteLevelSource(ByteLevelBpe bpe)
    {
        _bpe = bpe;
        PadTokenId = Id("<pad>");
        ClsTokenId = Id("<s>");
        SepTokenId = Id("</s>");
        MaskTokenId = Id("<mask>");
        UnkTokenId = Id("<unk>");

        int Id(string token) => bpe.Ids.TryGetValue(token, out int id)
            ? id
            : throw new InvalidDataException($"{TokenizerFiles.BpeVocabulary} has no '{token}'; expected RoBERTa's special tokens <s> <pad> </s> <unk> <mask>.");
    }

    public Tokenizer Tokenizer => _bpe.Tokenizer;

    public int VocabSize => _bpe.VocabSize;

    public int PadTokenId { get; }

    public int ClsTokenId { get; }

    public int SepTokenId { get; }

    public int MaskTokenId { get; }

    public int UnkTokenId { get; }

    public bool HasTokenTypes => false;

    public bool WordsCarrySpace => true;

    public int SeparatorsBetween => 2;

    public static ByteLevelSource Read(string directory) => new(ByteLevelBpe.Read(directory));

    /// <summary>A vocabulary in memory: its entries by id, and its merges, the first first.</summary>
    public static ByteLevelSource Of(IReadOnlyList<string> entries, IReadOnlyList<string> merges) => new(ByteLevelBpe.Of(entries, merges));

    public void Append(ReadOnlySpan<char> text, int maxTokens, EncodedText destination) => _bpe.Append(text, maxTokens, destination);

    public string TokenOf(int id) => System.Text.Encoding.UTF8.GetString(_bpe.BytesOf(id));

    // Words carry the space before them; what is no letter and no digit stands by itself, and so do the characters of scripts without spaces.
    public bool BeginsWord(int id)
    {
        ReadOnlySpan<byte> bytes = _bpe.BytesOf(id);
        if (bytes.IsEmpty) return true;
        if (bytes[0] < 128) return !char.IsAsciiLetterOrDigit((char)bytes[0]);
        // The first bytes of U+3000 to U+9FFF (kana, ideographs) and of U+20000 to U+2FFFF (rare ideographs).
        return bytes[0] is >= 0xE3 and <= 0xE9 || (bytes[0] == 0xF0 && bytes.Length > 1 && bytes[1] is >= 0xA0 and <= 0xAF);
    }

    public void CountUses(ReadOnlySpan<char> text, Span<long> uses)
    {
        var encoded = new EncodedText();
        _bpe.Append(text, int.MaxValue, encoded);
        foreach (int id in encoded.Ids) uses[id]++;
    }

    public ITokenSource Reduce(Span<bool> keep)
    {
        foreach (int id in (int[])[PadTokenId, ClsTokenId, SepTokenId, MaskTokenId, UnkTokenId]) keep[id] = true;
        // RoBERTa counts positions from the padding token's id on: it must stay what it is.
        keep[..PadTokenId].Fill(true);
        return new ByteLevelSource(_bpe.Reduce(keep));
    }

    public void Save(string directory)
    {
        _bpe.Save(directory);
        TokenizerFiles.Write(directory, TokenizerFiles.Config, new JsonObject { ["tokenizer_class"] = "RobertaTokenizer" }.ToJsonString(TokenizerFiles.Indented) + "\n");
    }
}
