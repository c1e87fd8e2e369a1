using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>
/// BERT's pairs (Devlin et al. 2018, <c>create_pretraining_data</c>), and ALBERT's: a stretch of a document's sentences is divided in two; the
/// second half follows, or is from another document, or comes first. A stretch of one sentence is divided inside it, so that both answers stay
/// equally frequent.
/// </summary>
internal sealed class SentencePairs(SentenceStore sentences, PretrainingRowWriter rows, PretrainBertOptions options, int maxLength, int seed)
{
    /// <summary>The second text follows the first; it does not, or stands before it.</summary>
    public const int Follows = 0, DoesNotFollow = 1;

    private const int SpecialTokens = 3;

    private readonly Random _random = new(seed);
    private readonly List<int> _first = [], _second = [];
    private readonly int _most = maxLength - SpecialTokens;
    private readonly bool _order = options.Packing == SequencePacking.SentenceOrderPairs;

    public void Write(Action check)
    {
        for (int round = 0; round < options.DuplicateFactor; round++)
        {
            for (int document = 0; document < sentences.DocumentCount; document++)
            {
                check();
                WriteDocument(document);
            }
        }
    }

    private void WriteDocument(int document)
    {
        (long first, long end) = sentences.Sentences(document);
        long from = first;
        (int target, int length) = (Target(), 0);
        for (long sentence = first; sentence < end; sentence++)
        {
            length += sentences.Length(sentence);
            if (sentence + 1 < end && length < target) continue;
            long next = sentence + 1;
            bool usedAll = WritePair(document, from, next, target, out long divide);
            // Sentences that a foreign text took the place of are used again.
            if (!usedAll) next = divide;
            sentence = next - 1;
            from = next;
            (target, length) = (Target(), 0);
        }
    }

    private int Target() => _random.NextDouble() < options.ShortSequenceProbability ? _random.Next(2, _most + 1) : _most;

    // False where sentences from `divide` on were left unused.
    private bool WritePair(int document, long from, long to, int target, out long divide)
    {
        _first.Clear();
        _second.Clear();
        bool single = to - from == 1;
        divide = single ? to : from + 1 + _random.NextInt64(to - from - 1);
        for (long s = from; s < divide; s++) sentences.Append(s, _first);
        if (single)
        {
            if (_first.Count < 2) return true;   // nothing to divide
            int cut = _random.Next(1, _first.Count);
            _second.AddRange(CollectionsMarshal.AsSpan(_first)[cut..]);
            _first.RemoveRange(cut, _first.Count - cut);
        }
        else
        {
            for (long s = divide; s < to; s++) sentences.Append(s, _second);
        }

        bool follows = _random.NextDouble() < 0.5;
        bool foreign = !follows && !_order;
        if (foreign) TakeForeign(document, Math.Max(1, target - _first.Count));
        Truncate();
        ReadOnlySpan<int> a = CollectionsMarshal.AsSpan(_first), b = CollectionsMarshal.AsSpan(_second);
        if (!follows && _order) rows.Pair(b, a, DoesNotFollow);
        else rows.Pair(a, b, follows ? Follows : DoesNotFollow);
        return !foreign || single;
    }

    private void TakeForeign(int document, int target)
    {
        _second.Clear();
        int other = _random.Next(sentences.DocumentCount - 1);
        if (other >= document) other++;
        (long first, long end) = sentences.Sentences(other);
        for (long s = first + _random.NextInt64(end - first); s < end && _second.Count < target; s++) sentences.Append(s, _second);
    }

    // The longer one loses a token at either end until both fit; each is cut only once, for a text may be of a million tokens.
    private void Truncate()
    {
        (int firstLeft, int secondLeft, int firstStart, int secondStart) = (_first.Count, _second.Count, 0, 0);
        while (firstLeft + secondLeft > _most)
        {
            bool fromStart = _random.NextDouble() < 0.5;
            if (firstLeft > secondLeft)
            {
                firstLeft--;
                if (fromStart) firstStart++;
            }
            else
            {
                secondLeft--;
                if (fromStart) secondStart++;
            }
        }
        Cut(_first, firstStart, firstLeft);
        Cut(_second, secondStart, secondLeft);
    }

    private static void Cut(List<int> tokens, int start, int count)
    {
        tokens.RemoveRange(start + count, tokens.Count - start - count);
        tokens.RemoveRange(0, start);
    }
}
