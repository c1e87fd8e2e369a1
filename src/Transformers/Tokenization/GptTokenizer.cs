using System.Text;
using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// GPT-2's tokens: byte-level BPE, so that every text has tokens and comes back from them, and <c>&lt;|endoftext|&gt;</c> between documents. Thread safe.
/// </summary>
public sealed class GptTokenizer : ISequenceEncoder
{
    /// <summary>What stands between documents. In a text these characters are characters like all others.</summary>
    public const string EndOfText = "<|endoftext|>";

    private readonly ByteLevelBpe _bpe;

    private GptTokenizer(ByteLevelBpe bpe)
    {
        _bpe = bpe;
        EndOfTextId = bpe.Ids.TryGetValue(EndOfText, out int id)
            ? id
            : throw new InvalidDataException($"{TokenizerFiles.BpeVocabulary} has no '{EndOfText}'; expected GPT-2's separator of documents among its tokens.");
    }

    /// <summary>The tokenizer as Microsoft.ML.Tokenizers knows it.</summary>
    public Tokenizer Tokenizer => _bpe.Tokenizer;

    /// <summary>Ids are 0 to this - 1.</summary>
    public int VocabSize => _bpe.VocabSize;

    /// <summary>Id of <see cref="EndOfText"/>.</summary>
    public int EndOfTextId { get; }

    // Rows are filled up at their end, which no position before sees.
    int ISequenceEncoder.PadTokenId => EndOfTextId;

    bool ISequenceEncoder.HasTokenTypes => false;

    /// <summary>The 256 bytes and <see cref="EndOfText"/>: a character vocabulary for English, up to four tokens a character elsewhere. For small models.</summary>
    public static GptTokenizer Bytes() => new(ByteLevelBpe.OfBytes(EndOfText));

    internal static GptTokenizer Of(IReadOnlyList<string> entries, IReadOnlyList<string> merges) => new(ByteLevelBpe.Of(entries, merges));

    /// <summary>Reads <c>vocab.json</c> and <c>merges.txt</c>.</summary>
    /// <param name="directory">Path of a checkpoint directory.</param>
    /// <exception cref="FileNotFoundException">One of them is not there.</exception>
    /// <exception cref="InvalidDataException">The vocabulary is not readable, or has no <see cref="EndOfText"/>.</exception>
    public static GptTokenizer Load(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        foreach (string name in (string[])[TokenizerFiles.BpeVocabulary, TokenizerFiles.BpeMerges]) Checkpoints.CheckpointFiles.Require(directory, name);
        return new GptTokenizer(ByteLevelBpe.Read(directory));
    }

    /// <summary>Writes the tokenizer's files as Hugging Face's libraries read them.</summary>
    /// <param name="directory">Made where absent.</param>
    public void Save(string directory)
    {
        _bpe.Save(directory);
        var config = new JsonObject { ["tokenizer_class"] = "GPT2Tokenizer", ["bos_token"] = EndOfText, ["eos_token"] = EndOfText, ["unk_token"] = EndOfText };
        TokenizerFiles.Write(directory, TokenizerFiles.Config, config.ToJsonString(TokenizerFiles.Indented) + "\n");
    }

    /// <summary>A text's ids, none for an empty text.</summary>
    /// <param name="text">Any text.</param>
    public IReadOnlyList<int> Encode(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var encoded = new EncodedText();
        AppendTo(text, int.MaxValue, encoded);
        return encoded.Ids.ToArray();
    }

    /// <summary>The text of ids. Bytes that are no UTF-8 become U+FFFD.</summary>
    /// <param name="ids">Each from 0 to <see cref="VocabSize"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">An id is outside the vocabulary.</exception>
    public string Decode(IEnumerable<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var bytes = new List<byte>();
        foreach (int id in ids) bytes.AddRange(BytesOf(id));
        return Encoding.UTF8.GetString([.. bytes]);
    }

    internal ReadOnlySpan<byte> BytesOf(int id) => (uint)id < (uint)VocabSize
        ? _bpe.BytesOf(id)
        : throw new ArgumentOutOfRangeException(nameof(id), id, $"The vocabulary has {VocabSize} tokens; expected 0 to {VocabSize - 1}.");

    /// <summary>Appends a text's ids, <see cref="EndOfText"/> not among them.</summary>
    internal void AppendTo(ReadOnlySpan<char> text, int maxTokens, EncodedText destination) => _bpe.Append(text, maxTokens, destination);

    // An empty text is read as the place where a document begins: a network needs a position.
    void ISequenceEncoder.Encode(ReadOnlySpan<char> text, int maxLength, TruncationStrategy truncation, EncodedText destination)
    {
        destination.Clear();
        bool whole = truncation == TruncationStrategy.HeadAndTail;
        AppendTo(text, whole ? int.MaxValue : maxLength, destination);
        if (truncation == TruncationStrategy.Error && destination.Truncated) throw TooLong(text.Length, maxLength);
        if (whole && destination.Length > maxLength)
        {
            int head = Math.Max(1, maxLength / 4);
            destination.RemoveRange(head, destination.Length - (maxLength - head));
            destination.Truncated = true;
        }
        if (destination.Length == 0) destination.Add(EndOfTextId);
    }

    // The separator stands between the two.
    void ISequenceEncoder.EncodePair(ReadOnlySpan<char> text, ReadOnlySpan<char> pair, int maxLength, TruncationStrategy truncation, EncodedText destination)
    {
        destination.Clear();
        int room = maxLength - 1;
        AppendTo(text, int.MaxValue, destination);
        int first = destination.Length;
        destination.Add(EndOfTextId);
        AppendTo(pair, int.MaxValue, destination);
        int second = destination.Length - first - 1;
        destination.Truncated = first + second > room;
        if (!destination.Truncated) return;
        if (truncation == TruncationStrategy.Error) throw TooLong(text.Length + pair.Length, maxLength);
        if (truncation == TruncationStrategy.OnlySecond && first >= room)
            throw new ArgumentException($"The first text of a pair has {first} tokens, which leaves no room for the second in {maxLength}; raise MaxLength, or use TruncationStrategy.LongestFirst.", nameof(text));
        (int keepFirst, int keepSecond) = truncation == TruncationStrategy.OnlySecond ? (first, room - first) : SequenceTokenizer.LongestFirst(first, second, room);
        destination.SetLength(first + 1 + keepSecond);
        destination.RemoveRange(keepFirst, first);
    }

    private static ArgumentException TooLong(int characters, int maxLength) =>
        new($"A text of {characters} characters has more than {maxLength} tokens, and TruncationStrategy.Error forbids cutting it; raise MaxLength or choose another strategy.");
}
