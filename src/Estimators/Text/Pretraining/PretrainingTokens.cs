using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// How a stored id says whether it continues the word before it: an id from the vocabulary's size on is (id - size), continuing. Whole words
/// can then be hidden without the text.
/// </summary>
internal sealed class PretrainingTokens(SequenceTokenizer tokenizer, IWordSegmenter? segmenter)
{
    private readonly bool[] _begins = [.. Enumerable.Range(0, tokenizer.VocabSize).Select(tokenizer.BeginsWord)];

    public SequenceTokenizer Tokenizer => tokenizer;

    /// <summary>Entries of the vocabulary.</summary>
    public int VocabSize => tokenizer.VocabSize;

    /// <summary>Stored ids are below this.</summary>
    public int StoredSize => 2 * tokenizer.VocabSize;

    /// <summary>Appends the tokens of a sentence, the first of which begins a word.</summary>
    /// <param name="sentence">A sentence, or a whole text.</param>
    /// <param name="buffer">Reused.</param>
    /// <param name="stored">Receives the ids.</param>
    /// <param name="afterSpace">Whether white space stood between it and the sentence before; where words carry their space, it begins with one.</param>
    public void Encode(string sentence, EncodedText buffer, List<int> stored, bool afterSpace = false)
    {
        buffer.Clear();
        int added = afterSpace && tokenizer.WordsCarrySpace && sentence.Length > 0 && !char.IsWhiteSpace(sentence[0]) ? 1 : 0;
        tokenizer.Append(added == 1 ? " " + sentence : sentence, buffer);
        using IEnumerator<TokenOffset>? words = segmenter?.Segment(sentence).GetEnumerator();
        bool more = words?.MoveNext() ?? false;
        for (int i = 0; i < buffer.Length; i++)
        {
            // In the sentence as the segmenter sees it, where the added space is not.
            int id = buffer.Ids[i], start = Math.Max(0, buffer.Offsets[i].Start - added);
            while (more && words!.Current.Start + words.Current.Length <= start) more = words.MoveNext();
            bool inside = more && start > words!.Current.Start;
            stored.Add(i > 0 && (inside || !_begins[id]) ? id + VocabSize : id);
        }
    }
}
