using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// A tokenizer with the sequence that its model was trained on: <c>[CLS] a [SEP]</c> and <c>[CLS] a [SEP] b [SEP]</c> for BERT,
/// <c>&lt;s&gt; a &lt;/s&gt;</c> and <c>&lt;s&gt; a &lt;/s&gt;&lt;/s&gt; b &lt;/s&gt;</c> for RoBERTa. Thread safe.
/// </summary>
public sealed class SequenceTokenizer : ISequenceEncoder
{
    private readonly ITokenSource _source;

    internal SequenceTokenizer(ITokenSource source) => _source = source;

    /// <summary>The tokenizer without the sequence's special tokens.</summary>
    public Tokenizer Tokenizer => _source.Tokenizer;

    /// <summary>Entries of the vocabulary.</summary>
    public int VocabSize => _source.VocabSize;

    /// <summary>Id of the token that fills rows of a batch.</summary>
    public int PadTokenId => _source.PadTokenId;

    /// <summary>Id of a sequence's first token.</summary>
    public int ClsTokenId => _source.ClsTokenId;

    /// <summary>Id of the token that ends each text.</summary>
    public int SepTokenId => _source.SepTokenId;

    /// <summary>Id of the token that hides a word in pretraining.</summary>
    public int MaskTokenId => _source.MaskTokenId;

    /// <summary>Id of the token for what the vocabulary cannot make.</summary>
    public int UnkTokenId => _source.UnkTokenId;

    /// <summary>Whether the second text of a pair is marked by type ids.</summary>
    public bool HasTokenTypes => _source.HasTokenTypes;

    /// <summary>BERT's sequences over a WordPiece vocabulary.</summary>
    /// <param name="tokenizer">The vocabulary and its text rules.</param>
    public static SequenceTokenizer WordPiece(BertWordPieceTokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        return new SequenceTokenizer(new WordPieceSource(tokenizer));
    }

    /// <summary>RoBERTa's sequences over a byte-level vocabulary: its entries by id, and its merges, the first first.</summary>
    internal static SequenceTokenizer ByteLevel(IReadOnlyList<string> entries, IReadOnlyList<string> merges) => new(ByteLevelSource.Of(entries, merges));

    /// <summary>Reads the tokenizer of a checkpoint directory: <c>vocab.txt</c>, or <c>vocab.json</c> with <c>merges.txt</c>, and <c>tokenizer_config.json</c> where there is one.</summary>
    /// <param name="directory">Path of the directory.</param>
    /// <exception cref="FileNotFoundException">Neither kind of vocabulary is there.</exception>
    public static SequenceTokenizer Load(string directory) => new(TokenizerFiles.Read(directory));

    /// <summary>Writes the tokenizer's files as Hugging Face's libraries read them.</summary>
    /// <param name="directory">Made where absent.</param>
    public void Save(string directory) => _source.Save(directory);

    /// <summary>Encodes one text.</summary>
    /// <param name="text">Any text; empty gives the special tokens alone.</param>
    /// <param name="maxLength">The most tokens, special tokens included.</param>
    /// <param name="truncation">What is cut beyond that.</param>
    /// <param name="destination">Receives the sequence.</param>
    /// <exception cref="ArgumentException"><paramref name="maxLength"/> leaves no room, or the text is over it under <see cref="TruncationStrategy.Error"/>.</exception>
    public void Encode(ReadOnlySpan<char> text, int maxLength, TruncationStrategy truncation, EncodedText destination)
    {
        const int specials = 2;
        int room = Room(maxLength, specials);
        destination.Clear();
        destination.Add(_source.ClsTokenId);
        // Cutting the end needs no more tokens than there is room for; a million characters cost no more than the first few hundred.
        bool whole = truncation == TruncationStrategy.HeadAndTail;
        _source.Append(text, whole ? int.MaxValue : room, destination);
        if (truncation == TruncationStrategy.Error && destination.Truncated) throw TooLong(text.Length, maxLength);
        if (whole && destination.Length - 1 > room)
        {
            int head = Math.Max(1, room / 4);
            destination.RemoveRange(1 + head, destination.Length - (room - head));
            destination.Truncated = true;
        }
        destination.Add(_source.SepTokenId);
    }

    /// <summary>Encodes a pair of texts.</summary>
    /// <param name="text">The first text.</param>
    /// <param name="pair">The second text.</param>
    /// <param name="maxLength">The most tokens, special tokens included.</param>
    /// <param name="truncation">What is cut beyond that.</param>
    /// <param name="destination">Receives the sequence.</param>
    /// <exception cref="ArgumentException">As <see cref="Encode"/>; or the first text leaves no room under <see cref="TruncationStrategy.OnlySecond"/>.</exception>
    public void EncodePair(ReadOnlySpan<char> text, ReadOnlySpan<char> pair, int maxLength, TruncationStrategy truncation, EncodedText destination)
    {
        int separators = _source.SeparatorsBetween;
        int room = Room(maxLength, 2 + separators);
        destination.Clear();
        destination.Add(_source.ClsTokenId);
        _source.Append(text, room, destination);
        bool firstCut = destination.Truncated;
        destination.Truncated = false;
        int first = destination.Length - 1;
        if (truncation == TruncationStrategy.OnlySecond && (firstCut || first >= room))
            throw new ArgumentException($"The first text of a pair has {first} tokens or more, which leaves no room for the second in {maxLength}; raise MaxLength, or use TruncationStrategy.LongestFirst.", nameof(text));
        for (int i = 0; i < separators; i++) destination.Add(_source.SepTokenId);
        int secondStart = destination.Length;
        _source.Append(pair, room, destination);
        int second = destination.Length - secondStart;
        bool cut = firstCut || destination.Truncated || first + second > room;
        if (cut && truncation == TruncationStrategy.Error) throw TooLong(text.Length + pair.Length, maxLength);
        if (first + second > room)
        {
            (int keepFirst, int keepSecond) = truncation == TruncationStrategy.OnlySecond ? (first, room - first) : LongestFirst(first, second, room);
            destination.SetLength(secondStart + keepSecond);
            destination.RemoveRange(1 + keepFirst, 1 + first);
            secondStart -= first - keepFirst;
        }
        destination.Truncated = cut;
        destination.Add(_source.SepTokenId);
        if (_source.HasTokenTypes) destination.MarkSecond(secondStart);
    }

    /// <summary>Appends a text's tokens, without special tokens and without a limit.</summary>
    internal void Append(ReadOnlySpan<char> text, EncodedText destination) => _source.Append(text, int.MaxValue, destination);

    /// <summary>Adds a text's tokens to the uses of each id; special tokens of a sequence do not count.</summary>
    internal void CountUses(ReadOnlySpan<char> text, Span<long> uses) => _source.CountUses(text, uses);

    /// <summary>A smaller vocabulary; see <see cref="ITokenSource.Reduce"/>.</summary>
    internal SequenceTokenizer Reduce(Span<bool> keep) => new(_source.Reduce(keep));

    /// <summary>Separators between the texts of a pair.</summary>
    internal int SeparatorsBetween => _source.SeparatorsBetween;

    /// <summary>An entry as the vocabulary has it; of byte-level vocabularies, the text it stands for.</summary>
    internal string TokenOf(int id) => _source.TokenOf(id);

    /// <summary>Whether the space before a word is a part of its first token.</summary>
    internal bool WordsCarrySpace => _source.WordsCarrySpace;

    /// <summary>Whether an entry can begin a word.</summary>
    internal bool BeginsWord(int id) => _source.BeginsWord(id);

    // One token at a time from the end of the longer, ties from the second, comes to this.
    internal static (int First, int Second) LongestFirst(int first, int second, int room)
    {
        int half = room / 2;
        if (first < room - half) return (first, room - first);
        return second < half ? (room - second, second) : (room - half, half);
    }

    private static int Room(int maxLength, int specials) => maxLength > specials
        ? maxLength - specials
        : throw new ArgumentException($"maxLength is {maxLength}, of which {specials} are special tokens; expected at least {specials + 1}.", nameof(maxLength));

    private static ArgumentException TooLong(int characters, int maxLength) =>
        new($"A text of {characters} characters has more than {maxLength} tokens, and TruncationStrategy.Error forbids cutting it; raise MaxLength or choose another strategy.");
}
