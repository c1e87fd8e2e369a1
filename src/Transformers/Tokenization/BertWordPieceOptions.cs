namespace MLNet.Pretrain.Tokenization;

/// <summary>How text becomes words before WordPiece cuts them. The defaults are <c>bert-base-uncased</c> as Hugging Face's libraries run it.</summary>
public sealed record BertWordPieceOptions
{
    /// <summary>Whether text is lower-cased; <c>do_lower_case</c> in tokenizer_config.json.</summary>
    public bool LowerCase { get; init; } = true;

    /// <summary>Whether accents are stripped; null = where text is lower-cased. <c>strip_accents</c>.</summary>
    public bool? StripAccents { get; init; }

    /// <summary>Whether every Chinese character is a word of its own; <c>tokenize_chinese_chars</c>.</summary>
    public bool SplitChinese { get; init; } = true;

    /// <summary>Whether a word that is exactly a special token, such as <c>[MASK]</c>, stands for it (Hugging Face) or is cut like any text (Google's code). <c>split_special_tokens</c> is the opposite.</summary>
    public bool RecogniseSpecialTokens { get; init; } = true;

    /// <summary>Whether private-use and unassigned characters are dropped (Hugging Face) or kept (Google's code). <c>drop_unassigned</c>, a key of ours.</summary>
    public bool DropUnassigned { get; init; } = true;

    /// <summary>Words of more code points become the unknown token: 100 in Hugging Face's code, 200 in Google's. <c>max_input_chars_per_word</c>, a key of ours.</summary>
    public int MaxWordLength { get; init; } = 100;

    /// <summary>Stands for words that the vocabulary cannot make.</summary>
    public string UnknownToken { get; init; } = "[UNK]";

    /// <summary>First token of every sequence.</summary>
    public string ClassificationToken { get; init; } = "[CLS]";

    /// <summary>Ends each text of a sequence.</summary>
    public string SeparatorToken { get; init; } = "[SEP]";

    /// <summary>Fills rows of a batch.</summary>
    public string PaddingToken { get; init; } = "[PAD]";

    /// <summary>Hides a word in pretraining.</summary>
    public string MaskToken { get; init; } = "[MASK]";

    internal bool StripsAccents => StripAccents ?? LowerCase;

    internal IReadOnlyList<string> SpecialTokens => [UnknownToken, ClassificationToken, SeparatorToken, PaddingToken, MaskToken];
}
