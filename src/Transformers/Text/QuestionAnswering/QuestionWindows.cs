using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// A question with its context as one sequence, or as several that overlap where the context is long: <c>[CLS] question [SEP] part [SEP]</c> (Devlin et al. 2018).
/// Reused from row to row; not thread safe.
/// </summary>
/// <param name="tokenizer">Ids and special tokens.</param>
/// <param name="maxLength">Tokens of a sequence, special tokens included.</param>
/// <param name="stride">Tokens from the beginning of a window to that of the next.</param>
/// <param name="maxQuestionLength">Longer questions are cut.</param>
internal sealed class QuestionWindows(SequenceTokenizer tokenizer, int maxLength, int stride, int maxQuestionLength)
{
    /// <summary>Special tokens of a sequence: RoBERTa's four.</summary>
    public const int MostSpecials = 4;

    /// <summary>Throws where windows would have no room for the context.</summary>
    /// <param name="owner">For the message.</param>
    /// <param name="maxLength">Tokens of a window, the encoder's positions considered.</param>
    /// <param name="options">What was asked for.</param>
    /// <exception cref="ArgumentException">A question of the longest kind fills the window.</exception>
    public static void Check(string owner, int maxLength, QuestionAnsweringOptions options)
    {
        if (maxLength <= options.MaxQuestionLength + MostSpecials)
            throw new ArgumentException($"{owner}: a window has {maxLength} tokens (MaxLength is {options.MaxLength}, and the encoder has no more positions); expected more than MaxQuestionLength, which is {options.MaxQuestionLength}, and {MostSpecials} special tokens. Lower MaxQuestionLength, or use an encoder with more positions.");
    }

    private readonly EncodedText _question = new(), _context = new();
    private readonly int[] _ids = new int[maxLength];

    /// <summary>Where each token of the context stands in it.</summary>
    public ReadOnlySpan<TokenOffset> Offsets => _context.Offsets;

    /// <summary>Windows, 1 or more.</summary>
    public int Count { get; private set; }

    /// <summary>The place of a window's first token of the context; those of the question and special tokens stand before.</summary>
    public int Prefix => 1 + QuestionLength + tokenizer.SeparatorsBetween;

    private int QuestionLength => Math.Min(_question.Length, maxQuestionLength);

    private int Room => maxLength - Prefix - 1;

    private int Step => Math.Min(stride, Room);

    public void Read(ReadOnlySpan<char> question, ReadOnlySpan<char> context)
    {
        _question.Clear();
        tokenizer.Append(question, _question);
        _context.Clear();
        tokenizer.Append(context, _context);
        Count = 1 + Math.Max(0, (_context.Length - Room + Step - 1) / Step);
    }

    /// <summary>The tokens of the context that a window holds.</summary>
    public (int First, int Count) Part(int window) => (window * Step, Math.Min(Room, _context.Length - window * Step));

    /// <summary>A window's sequence; valid until the next call.</summary>
    public ReadOnlySpan<int> Ids(int window)
    {
        (int first, int count) = Part(window);
        _ids[0] = tokenizer.ClsTokenId;
        _question.Ids[..QuestionLength].CopyTo(_ids.AsSpan(1));
        _ids.AsSpan(1 + QuestionLength, tokenizer.SeparatorsBetween).Fill(tokenizer.SepTokenId);
        _context.Ids.Slice(first, count).CopyTo(_ids.AsSpan(Prefix));
        _ids[Prefix + count] = tokenizer.SepTokenId;
        return _ids.AsSpan(0, Prefix + count + 1);
    }

    /// <summary>The tokens of the context that touch some of its characters; null where none does.</summary>
    public (int First, int Last)? TokensOf(int start, int length)
    {
        (int first, int last) = (-1, -1);
        ReadOnlySpan<TokenOffset> offsets = _context.Offsets;
        for (int i = 0; i < offsets.Length; i++)
        {
            if (offsets[i].Start + offsets[i].Length <= start || offsets[i].Length == 0) continue;
            if (offsets[i].Start >= start + length) break;
            if (first < 0) first = i;
            last = i;
        }
        return first < 0 ? null : (first, last);
    }
}
