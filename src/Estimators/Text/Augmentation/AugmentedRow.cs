using System.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>One text on its way to its copies: what changes in which is drawn first, so that only the words that change are asked for.</summary>
internal sealed class AugmentedRow
{
    private const int LongestNgram = 5;
    private const float Stays = -1, IsMasked = -2;

    // A language model learnt with about so many of its words hidden at once.
    private const double HiddenPart = 0.15;

    private static readonly WordSplitter s_splitter = new(new WordSplitting { Lowercase = false });

    private readonly string _text;
    private readonly TokenOffset[] _words;
    private readonly IReadOnlyList<string>[] _candidates;

    // Of each copy, and each word in it: where in its candidates what replaces it is, in [0, 1), or that it stays or is masked.
    private readonly float[,] _draws;
    private readonly Range[] _kept;

    /// <param name="text">The text.</param>
    /// <param name="options">What is drawn.</param>
    /// <param name="seed">Of the row.</param>
    public AugmentedRow(string text, TextAugmentationOptions options, long seed)
    {
        _text = text;
        var words = new WordList();
        s_splitter.Split(text, words);
        _words = [.. Enumerable.Range(0, words.Count).Select(words.PlaceOf).Select(p => new TokenOffset(p.Start, p.End - p.Start))];
        _candidates = new IReadOnlyList<string>[_words.Length];
        (_draws, _kept) = (new float[options.Copies, _words.Length], new Range[options.Copies]);
        var random = new FastRandom(seed);
        for (int copy = 0; copy < options.Copies; copy++)
        {
            (int first, int length) = (0, _words.Length);
            if (random.NextSingle() < options.NgramProbability && length > 0)
            {
                length = Math.Min(length, 1 + (int)random.Next(LongestNgram));
                first = (int)random.Next((uint)(_words.Length - length + 1));
            }
            _kept[copy] = first..(first + length);
            for (int word = 0; word < _words.Length; word++)
            {
                (float what, float which) = (random.NextSingle(), random.NextSingle());
                bool isKept = word >= first && word < first + length;
                _draws[copy, word] = !isKept || what >= options.ReplacementProbability + options.MaskProbability ? Stays : what < options.ReplacementProbability ? which : IsMasked;
            }
        }
    }

    /// <summary>Finds the neighbours of the words that will be replaced by them, and the sequences that the language model must see for the others.</summary>
    public IReadOnlyList<Request> Ask(WordProposer? proposer, NearWords? near)
    {
        int[] wanted = [.. Enumerable.Range(0, _words.Length).Where(word => Enumerable.Range(0, _kept.Length).Any(copy => _draws[copy, word] >= 0))];
        if (wanted.Length == 0) return [];
        var encoded = new EncodedText();
        proposer?.Tokenizer.Append(_text, encoded);
        int[] tokens = proposer is null ? [] : TokensOf(encoded, proposer.Tokenizer.UnkTokenId);
        if (near is not null)
            foreach (int word in wanted)
                if (proposer is null || tokens[word] < 0) _candidates[word] = Others(word, near.Of(Word(word)));
        return proposer is null ? [] : Requests(encoded.Ids, [.. wanted.Where(word => tokens[word] >= 0)], tokens, proposer);
    }

    /// <summary>Takes what the language model proposed.</summary>
    public void Take(Request request, WordProposer proposer)
    {
        for (int i = 0; i < request.Words.Length; i++) _candidates[request.Words[i]] = Others(request.Words[i], request.Hidden.Proposals[i].Select(proposer.WordOf));
    }

    /// <summary>The copies that differ from the text and from each other, in the order in which they were drawn.</summary>
    public IReadOnlyList<string> Copies(string mask)
    {
        List<string> copies = [];
        HashSet<string> known = new(StringComparer.Ordinal) { _text };
        for (int copy = 0; copy < _kept.Length; copy++)
            if (Copy(copy, mask) is var text && known.Add(text)) copies.Add(text);
        return copies;
    }

    private string Copy(int copy, string mask)
    {
        (int first, int count) = _kept[copy].GetOffsetAndLength(_words.Length);
        bool isWhole = count == _words.Length;
        int at = isWhole ? 0 : _words[first].Start, end = isWhole ? _text.Length : _words[first + count - 1].Start + _words[first + count - 1].Length;
        var result = new StringBuilder(end - at);
        for (int word = first; word < first + count; word++)
        {
            float draw = _draws[copy, word];
            string? other = draw == IsMasked ? mask : draw >= 0 && _candidates[word] is { Count: > 0 } all ? all[Math.Min((int)(draw * all.Count), all.Count - 1)] : null;
            if (other is null) continue;
            result.Append(_text, at, _words[word].Start - at).Append(other);
            at = _words[word].Start + _words[word].Length;
        }
        return result.Append(_text, at, end - at).ToString();
    }

    private ReadOnlySpan<char> Word(int word) => _text.AsSpan(_words[word].Start, _words[word].Length);

    // In the word's case, and without the word itself, whatever its case.
    private List<string> Others(int word, IEnumerable<string> candidates)
    {
        string own = Word(word).ToString();
        return [.. candidates.Where(c => !c.Equals(own, StringComparison.OrdinalIgnoreCase)).Select(c => WordCase.Like(own, c))];
    }

    // The token that a word is, or -1 where it is unknown or several.
    private int[] TokensOf(EncodedText encoded, int unknown)
    {
        int[] tokens = new int[_words.Length];
        int token = 0;
        for (int word = 0; word < _words.Length; word++)
        {
            (int start, int end) = (_words[word].Start, _words[word].Start + _words[word].Length);
            while (token < encoded.Length && Place(token).End <= start) token++;
            tokens[word] = token < encoded.Length && Place(token) == (start, end) && encoded.Ids[token] != unknown ? token : -1;
        }
        return tokens;

        // Without the space that a token may begin with.
        (int Start, int End) Place(int index)
        {
            TokenOffset offset = encoded.Offsets[index];
            (int start, int end) = (offset.Start, offset.Start + offset.Length);
            while (start < end && char.IsWhiteSpace(_text[start])) start++;
            return (start, end);
        }
    }

    // A long text is asked about in windows of about equal length. Words that are hidden at once lie apart.
    private List<Request> Requests(ReadOnlySpan<int> ids, int[] words, int[] tokens, WordProposer proposer)
    {
        List<Request> requests = [];
        int room = proposer.MaxLength - 2, windows = (ids.Length + room - 1) / room, next = 0;
        for (int window = 0; window < windows; window++)
        {
            (int first, int end) = ((int)((long)ids.Length * window / windows), (int)((long)ids.Length * (window + 1) / windows));
            List<int> here = [];
            for (; next < words.Length && tokens[words[next]] < end; next++) here.Add(words[next]);
            int[] sequence = [proposer.Tokenizer.ClsTokenId, .. ids[first..end], proposer.Tokenizer.SepTokenId];
            int passes = (here.Count + HiddenAtOnce(end - first) - 1) / HiddenAtOnce(end - first);
            for (int pass = 0; pass < passes; pass++)
            {
                int[] own = [.. here.Where((_, i) => i % passes == pass)];
                requests.Add(new(this, new HiddenWords(sequence, [.. own.Select(word => 1 + tokens[word] - first)]), own));
            }
        }
        return requests;
    }

    private static int HiddenAtOnce(int tokens) => Math.Max(1, (int)(HiddenPart * tokens));

    /// <summary>A sequence with hidden words, and which words of which row they are.</summary>
    public sealed record Request(AugmentedRow Row, HiddenWords Hidden, int[] Words);
}
