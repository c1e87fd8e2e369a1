using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Two passages of one document that do not overlap (Giorgi et al. 2021, DeCLUTR), as long as half a row or half the document allows, some shorter. Every sentence begins a
/// passage once a round. A document of one sentence gives that sentence twice: hidden words and dropout make the difference (Gao et al. 2021, SimCSE).
/// </summary>
internal sealed class PassagePairs(SentenceStore sentences, PretrainingRowWriter rows, PretrainBertOptions options, int maxLength, int seed)
{
    private readonly Random _random = new(seed);
    private readonly List<int> _first = [], _second = [];
    private readonly int _most = Math.Max(1, maxLength / 2 - PretrainingRows.Specials);

    public void Write(Action check)
    {
        for (int round = 0; round < options.DuplicateFactor; round++)
        {
            for (int document = 0; document < sentences.DocumentCount; document++)
            {
                check();
                (long first, long end) = sentences.Sentences(document);
                int most = Most(first, end);
                for (long anchor = first; anchor < end; anchor++) WritePair(document, first, end, anchor, most);
            }
        }
    }

    // Half of a short document, so that the other half is left for the second passage.
    private int Most(long first, long end)
    {
        long tokens = 0;
        for (long sentence = first; sentence < end && tokens < 2L * _most; sentence++) tokens += sentences.Length(sentence);
        return (int)Math.Clamp(tokens / 2, 1, _most);
    }

    private void WritePair(int document, long first, long end, long anchor, int most)
    {
        long anchorEnd = Take(_first, anchor, end, most);
        if (end - first == 1)
        {
            rows.Passages(CollectionsMarshal.AsSpan(_first), CollectionsMarshal.AsSpan(_first), document);
            return;
        }
        long free = end - first - (anchorEnd - anchor);
        if (free == 0)
        {
            // The anchor took the whole document: its first sentence against the others.
            anchorEnd = anchor + 1;
            _first.Clear();
            AppendCut(_first, anchor);
            free = end - first - 1;
        }
        // Before the anchor, or after it.
        long partner = first + _random.NextInt64(free);
        bool before = partner < anchor;
        Take(_second, before ? partner : partner + (anchorEnd - anchor), before ? anchor : end, most);
        rows.Passages(CollectionsMarshal.AsSpan(_first), CollectionsMarshal.AsSpan(_second), document);
    }

    // Sentences from one on, until a length is reached or `end`; returns where it stopped.
    private long Take(List<int> passage, long from, long end, int most)
    {
        passage.Clear();
        int target = _random.NextDouble() < options.ShortSequenceProbability ? _random.Next(1, most + 1) : most;
        long sentence = from;
        do AppendCut(passage, sentence++);
        while (sentence < end && passage.Count < target);
        return sentence;
    }

    private void AppendCut(List<int> passage, long sentence)
    {
        sentences.Append(sentence, passage);
        if (passage.Count > _most) passage.RemoveRange(_most, passage.Count - _most);
    }
}
