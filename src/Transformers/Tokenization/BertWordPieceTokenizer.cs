using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// BERT's tokenizer (Devlin et al. 2018; WordPiece, Wu et al. 2016), id for id the same as the reference implementations, with offsets into
/// the original text. A <see cref="Tokenizer"/>, so it fits wherever Microsoft.ML.Tokenizers is used. Thread safe.
/// </summary>
public sealed class BertWordPieceTokenizer : Tokenizer
{
    private const string ContinuationPrefix = "##";

    private readonly string[] _vocabulary;
    private readonly Dictionary<string, int> _idOf;
    private readonly PieceTrie _trie;
    private readonly ConcurrentBag<(WordReader Reader, AsciiWordCache Known)> _readers = [];
    private readonly ConcurrentBag<EncodedText> _buffers = [];
    private readonly int _unknownId;
    private readonly int[] _punctuationIds;

    private BertWordPieceTokenizer(string[] vocabulary, BertWordPieceOptions options)
    {
        (_vocabulary, Options) = (vocabulary, options);
        _idOf = new Dictionary<string, int>(vocabulary.Length, StringComparer.Ordinal);
        for (int id = 0; id < vocabulary.Length; id++) _idOf.TryAdd(vocabulary[id], id);
        foreach (string token in options.SpecialTokens)
        {
            if (!_idOf.ContainsKey(token))
                throw new InvalidDataException($"The vocabulary of {vocabulary.Length} entries has no '{token}'; expected the special tokens {string.Join(" ", options.SpecialTokens)}. Add it, or name the model's own special tokens in BertWordPieceOptions.");
        }
        _unknownId = _idOf[options.UnknownToken];
        _trie = new PieceTrie(vocabulary);
        _punctuationIds = [.. Enumerable.Range(0, 128).Select(c => PunctuationId((char)c))];
    }

    /// <summary>How text becomes words.</summary>
    public BertWordPieceOptions Options { get; }

    /// <summary>Entries by id.</summary>
    public IReadOnlyList<string> Vocabulary => _vocabulary;

    /// <summary>Reads the <c>vocab.txt</c> of <c>bert-base-uncased</c> or of a model tokenized like it.</summary>
    /// <param name="vocabularyFile">Path of the file, UTF-8.</param>
    public static BertWordPieceTokenizer Create(string vocabularyFile) => Create(vocabularyFile, null);

    /// <summary>Reads a <c>vocab.txt</c>: one entry a line, the line's number from 0 is its id.</summary>
    /// <param name="vocabularyFile">Path of the file, UTF-8.</param>
    /// <param name="options">How text becomes words; null = <c>bert-base-uncased</c>.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is empty or lacks a special token.</exception>
    public static BertWordPieceTokenizer Create(string vocabularyFile, BertWordPieceOptions? options)
    {
        if (!File.Exists(vocabularyFile))
            throw new FileNotFoundException($"Vocabulary file '{vocabularyFile}' was not found; expected a text file with one entry a line, as vocab.txt of a BERT checkpoint.", vocabularyFile);
        return Create(File.ReadAllLines(vocabularyFile), options);
    }

    /// <summary>Makes a tokenizer of a vocabulary in memory.</summary>
    /// <param name="vocabulary">Entries by id; of duplicates the first is used.</param>
    /// <param name="options">How text becomes words; null = <c>bert-base-uncased</c>.</param>
    /// <exception cref="InvalidDataException">The vocabulary is empty or lacks a special token.</exception>
    public static BertWordPieceTokenizer Create(IReadOnlyList<string> vocabulary, BertWordPieceOptions? options)
    {
        ArgumentNullException.ThrowIfNull(vocabulary);
        if (vocabulary.Count == 0) throw new InvalidDataException("The vocabulary is empty; expected one entry a line, special tokens among them.");
        options ??= new BertWordPieceOptions();
        if (options.MaxWordLength < 1) throw new ArgumentException($"MaxWordLength is {options.MaxWordLength}; expected 1 or more.", nameof(options));
        return new BertWordPieceTokenizer([.. vocabulary], options);
    }

    /// <summary>The id of an entry, or null.</summary>
    /// <param name="token">The entry as the vocabulary has it.</param>
    public int? IdOf(string token) => _idOf.TryGetValue(token, out int id) ? id : null;

    /// <summary>Appends the text's tokens to a sequence, stopping once <paramref name="maxTokens"/> have been added.</summary>
    /// <returns>Characters read: all of them unless it stopped.</returns>
    internal int Append(ReadOnlySpan<char> text, int maxTokens, EncodedText destination)
    {
        if (!_readers.TryTake(out (WordReader Reader, AsciiWordCache Known) pair)) pair = (new(Options), new(_punctuationIds, Options.LowerCase));
        (WordReader reader, AsciiWordCache known) = pair;
        reader.Reset();
        int limit = maxTokens > int.MaxValue - destination.Length ? int.MaxValue : destination.Length + maxTokens;
        int read = 0;
        while (destination.Length < limit)
        {
            if (!reader.InRun) reader.Position = known.Append(text, reader.Position, limit, destination);
            read = reader.Position;
            if (destination.Length >= limit || !reader.MoveNext(text)) break;
            int first = destination.Length;
            if (AppendWord(reader, destination) && reader.IsPlain) known.Learn(reader.Word, destination, first);
            if (destination.Length > limit)
            {
                TokenOffset last = destination.Offsets[limit - 1];
                read = last.Start + last.Length;
                destination.SetLength(limit);
                destination.Truncated = true;
                break;
            }
            read = reader.Position;
        }
        if (destination.Length < limit) read = text.Length;
        else if (!destination.Truncated) destination.Truncated = reader.MoveNext(text);
        _readers.Add(pair);
        return read;
    }

    /// <summary>Adds a text's tokens to the uses of each id. What was found of a word before it turned out to be unknown counts as well: without those pieces it might be cut otherwise, and known.</summary>
    internal void CountUses(ReadOnlySpan<char> text, Span<long> uses)
    {
        var reader = new WordReader(Options);
        while (reader.MoveNext(text))
        {
            ReadOnlySpan<char> word = reader.Word;
            if (reader.IsSpecial) uses[_idOf.GetAlternateLookup<ReadOnlySpan<char>>()[word]]++;
            else if (IsTooLong(word)) uses[_unknownId]++;
            else CountPieces(word, uses);
        }
    }

    private void CountPieces(ReadOnlySpan<char> word, Span<long> uses)
    {
        for (int at = 0; at < word.Length;)
        {
            int id = _trie.LongestMatch(word[at..], at > 0, out int length);
            uses[id < 0 ? _unknownId : id]++;
            if (id < 0) return;
            at += length;
        }
    }

    /// <inheritdoc/>
    protected override EncodeResults<EncodedToken> EncodeToTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) => Use(text, textSpan, settings.MaxTokenCount, (encoded, consumed) =>
    {
        var tokens = new EncodedToken[encoded.Length];
        for (int i = 0; i < tokens.Length; i++)
        {
            (int start, int length) = (encoded.Offsets[i].Start, encoded.Offsets[i].Length);
            tokens[i] = new EncodedToken(encoded.Ids[i], _vocabulary[encoded.Ids[i]], new Range(start, start + length));
        }
        return new EncodeResults<EncodedToken> { Tokens = tokens, CharsConsumed = consumed };
    });

    /// <inheritdoc/>
    protected override EncodeResults<int> EncodeToIds(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Use(text, textSpan, settings.MaxTokenCount, (encoded, consumed) => new EncodeResults<int> { Tokens = encoded.Ids.ToArray(), CharsConsumed = consumed });

    /// <inheritdoc/>
    protected override int CountTokens(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings) =>
        Use(text, textSpan, settings.MaxTokenCount, (encoded, _) => encoded.Length);

    /// <inheritdoc/>
    protected override int GetIndexByTokenCount(string? text, ReadOnlySpan<char> textSpan, EncodeSettings settings, bool fromEnd, out string? normalizedText, out int tokenCount)
    {
        normalizedText = null;
        (int index, tokenCount) = Use(text, textSpan, fromEnd ? int.MaxValue : settings.MaxTokenCount, (encoded, consumed) =>
        {
            if (!fromEnd) return (consumed, encoded.Length);
            int first = Math.Max(0, encoded.Length - settings.MaxTokenCount);
            return (first == 0 ? 0 : encoded.Offsets[first].Start, encoded.Length - first);
        });
        return index;
    }

    /// <summary>Joins pieces: continuations without a space, words with one. Case, accents and original spacing are lost to tokenization.</summary>
    /// <inheritdoc/>
    public override OperationStatus Decode(IEnumerable<int> ids, Span<char> destination, out int idsConsumed, out int charsWritten)
    {
        (idsConsumed, charsWritten) = (0, 0);
        foreach (int id in ids)
        {
            if ((uint)id >= (uint)_vocabulary.Length) return OperationStatus.InvalidData;
            string token = _vocabulary[id];
            bool continues = token.Length > ContinuationPrefix.Length && token.StartsWith(ContinuationPrefix, StringComparison.Ordinal);
            ReadOnlySpan<char> piece = continues ? token.AsSpan(ContinuationPrefix.Length) : token;
            int space = continues || charsWritten == 0 ? 0 : 1;
            if (charsWritten + space + piece.Length > destination.Length) return OperationStatus.DestinationTooSmall;
            if (space == 1) destination[charsWritten++] = ' ';
            piece.CopyTo(destination[charsWritten..]);
            charsWritten += piece.Length;
            idsConsumed++;
        }
        return OperationStatus.Done;
    }

    private T Use<T>(string? text, ReadOnlySpan<char> span, int maxTokens, Func<EncodedText, int, T> result)
    {
        if (!_buffers.TryTake(out EncodedText? encoded)) encoded = new EncodedText();
        encoded.Clear();
        int consumed = Append(text is null ? span : text, maxTokens, encoded);
        T value = result(encoded, consumed);
        _buffers.Add(encoded);
        return value;
    }

    // False where the word is unknown or special.
    private bool AppendWord(WordReader reader, EncodedText destination)
    {
        ReadOnlySpan<char> word = reader.Word;
        if (reader.IsSpecial)
        {
            destination.Add(_idOf.GetAlternateLookup<ReadOnlySpan<char>>()[word], reader.OffsetOf(0, word.Length));
            return false;
        }
        int before = destination.Length;
        bool unknown = IsTooLong(word);
        for (int at = 0; !unknown && at < word.Length;)
        {
            int id = _trie.LongestMatch(word[at..], at > 0, out int length);
            if (id < 0)
            {
                unknown = true;   // one piece is missing: the whole word is unknown
                break;
            }
            destination.Add(id, reader.OffsetOf(at, length));
            at += length;
        }
        if (!unknown) return true;
        destination.SetLength(before);
        destination.Add(_unknownId, reader.OffsetOf(0, word.Length));
        return false;
    }

    private int PunctuationId(char c)
    {
        bool mayBeginSpecial = Options.RecogniseSpecialTokens && Options.SpecialTokens.Any(token => token.StartsWith(c));
        if (c <= ' ' || c == '\x7f' || char.IsAsciiLetterOrDigit(c) || mayBeginSpecial) return -1;
        return _idOf.GetValueOrDefault(c.ToString(), _unknownId);
    }

    private bool IsTooLong(ReadOnlySpan<char> word) => word.Length > Options.MaxWordLength && CodePoints(word) > Options.MaxWordLength;

    private static int CodePoints(ReadOnlySpan<char> word)
    {
        int count = 0;
        foreach (char c in word)
            if (!char.IsLowSurrogate(c)) count++;
        return count;
    }
}
