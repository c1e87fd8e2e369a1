using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

internal sealed class WordPieceSource(BertWordPieceTokenizer tokenizer) : ITokenSource
{
    public Tokenizer Tokenizer => tokenizer;

    public int VocabSize => tokenizer.Vocabulary.Count;

    public int PadTokenId { get; } = tokenizer.IdOf(tokenizer.Options.PaddingToken)!.Value;

    public int ClsTokenId { get; } = tokenizer.IdOf(tokenizer.Options.ClassificationToken)!.Value;

    public int SepTokenId { get; } = tokenizer.IdOf(tokenizer.Options.SeparatorToken)!.Value;

    public int MaskTokenId { get; } = tokenizer.IdOf(tokenizer.Options.MaskToken)!.Value;

    public int UnkTokenId { get; } = tokenizer.IdOf(tokenizer.Options.UnknownToken)!.Value;

    public bool HasTokenTypes => true;

    public bool WordsCarrySpace => false;

    public int SeparatorsBetween => 1;

    public void Append(ReadOnlySpan<char> text, int maxTokens, EncodedText destination) => tokenizer.Append(text, maxTokens, destination);

    public string TokenOf(int id) => tokenizer.Vocabulary[id];

    public bool BeginsWord(int id) => !tokenizer.Vocabulary[id].StartsWith("##", StringComparison.Ordinal);

    public void CountUses(ReadOnlySpan<char> text, Span<long> uses) => tokenizer.CountUses(text, uses);

    // Of a subset of pieces the longest match is the same wherever the longest of all is in it, and where there was none there is none.
    public ITokenSource Reduce(Span<bool> keep)
    {
        List<string> kept = [];
        for (int id = 0; id < keep.Length; id++)
        {
            string piece = tokenizer.Vocabulary[id];
            bool first = tokenizer.IdOf(piece) == id;   // of duplicates the others are never used
            keep[id] |= first && (tokenizer.Options.SpecialTokens.Contains(piece) || IsCharacter(BeginsWord(id) ? piece : piece[2..]));
            if (keep[id]) kept.Add(piece);
        }
        return new WordPieceSource(BertWordPieceTokenizer.Create(kept, tokenizer.Options));
    }

    private static bool IsCharacter(string piece) => piece.Length == 1 || (piece.Length == 2 && char.IsSurrogatePair(piece[0], piece[1]));

    public void Save(string directory)
    {
        BertWordPieceOptions options = tokenizer.Options;
        var config = new JsonObject
        {
            ["tokenizer_class"] = "BertTokenizer",
            ["do_lower_case"] = options.LowerCase,
            ["strip_accents"] = options.StripAccents,
            ["tokenize_chinese_chars"] = options.SplitChinese,
            [TokenizerFiles.SplitSpecialTokens] = !options.RecogniseSpecialTokens,
            [TokenizerFiles.MaxWordLength] = options.MaxWordLength,
            [TokenizerFiles.DropUnassigned] = options.DropUnassigned,
            ["cls_token"] = options.ClassificationToken,
            ["mask_token"] = options.MaskToken,
            ["pad_token"] = options.PaddingToken,
            ["sep_token"] = options.SeparatorToken,
            ["unk_token"] = options.UnknownToken,
        };
        TokenizerFiles.Write(directory, TokenizerFiles.Vocabulary, string.Concat(tokenizer.Vocabulary.Select(token => token + "\n")));
        TokenizerFiles.Write(directory, TokenizerFiles.Config, config.ToJsonString(TokenizerFiles.Indented) + "\n");
    }
}
