using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Hides words of stored rows (Devlin et al. 2018, section 3.1): in expectation exactly the wanted part of a row's tokens, special tokens not counted, words whole where
/// wanted. Of hidden tokens 80 % become the mask token, 10 % a random one, 10 % stay. Words are hidden anew each time a row is used (Liu et al. 2019).
/// </summary>
internal sealed class WordMasker(PretrainingTokens tokens, PretrainBertOptions options)
{
    private readonly int[] _special = [.. new[] { tokens.Tokenizer.ClsTokenId, tokens.Tokenizer.SepTokenId, tokens.Tokenizer.PadTokenId, tokens.Tokenizer.MaskTokenId }.Distinct()];
    private readonly List<(int First, int Count)> _words = [];

    /// <summary>Takes the marks of continued words out of the ids and hides some.</summary>
    /// <param name="ids">A row of stored ids, changed in place to what the network reads.</param>
    /// <param name="offset">Where the row begins in its batch.</param>
    /// <param name="random">Decides.</param>
    /// <param name="positions">Receives where tokens were hidden, counted in the batch.</param>
    /// <param name="targets">Receives what they were.</param>
    public void Mask(Span<long> ids, int offset, ref FastRandom random, List<long> positions, List<long> targets)
    {
        FindWords(ids);
        int count = 0;
        foreach ((_, int length) in _words) count += length;
        double left = count * options.MaskProbability;
        Span<(int First, int Count)> words = CollectionsMarshal.AsSpan(_words);
        for (int i = 0; i < words.Length && left > 0; i++)
        {
            int other = i + (int)random.Next((uint)(words.Length - i));
            (words[i], words[other]) = (words[other], words[i]);
            (int first, int length) = words[i];
            // The word that is more than what is left comes in by chance, so that the expected number is exact.
            bool fits = length <= left;
            if (!fits && random.NextSingle() >= left / length) break;
            for (int at = first; at < first + length; at++) Hide(ids, at, offset, ref random, positions, targets);
            if (!fits) break;
            left -= length;
        }
    }

    /// <summary>Hides one token, for rows that chance left whole.</summary>
    public void MaskOne(Span<long> ids, ref FastRandom random, List<long> positions, List<long> targets)
    {
        List<int> usable = [];
        for (int at = 0; at < ids.Length; at++)
            if (!IsSpecial(ids[at])) usable.Add(at);
        if (usable.Count > 0) Hide(ids, usable[(int)random.Next((uint)usable.Count)], 0, ref random, positions, targets);
    }

    private void FindWords(Span<long> ids)
    {
        _words.Clear();
        for (int at = 0; at < ids.Length; at++)
        {
            bool continues = ids[at] >= tokens.VocabSize;
            if (continues) ids[at] -= tokens.VocabSize;
            if (IsSpecial(ids[at])) continue;
            bool joins = continues && options.WholeWordMasking && _words.Count > 0 && _words[^1].First + _words[^1].Count == at;
            if (joins) _words[^1] = (_words[^1].First, _words[^1].Count + 1);
            else _words.Add((at, 1));
        }
    }

    private void Hide(Span<long> ids, int at, int offset, ref FastRandom random, List<long> positions, List<long> targets)
    {
        positions.Add(offset + at);
        targets.Add(ids[at]);
        float chance = random.NextSingle();
        if (chance < options.MaskTokenShare) ids[at] = tokens.Tokenizer.MaskTokenId;
        else if (chance < options.MaskTokenShare + options.RandomTokenShare) ids[at] = RandomToken(ref random);
    }

    private long RandomToken(ref FastRandom random)
    {
        while (true)
        {
            long id = random.Next((uint)tokens.VocabSize);
            if (!IsSpecial(id)) return id;
        }
    }

    private bool IsSpecial(long id) => Array.IndexOf(_special, (int)id) >= 0;
}
