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

    /// <summary>Appends the tokens of a sentence.</summary>
    public void Encode(string sentence, EncodedText buffer, List<int> stored)
    {
        buffer.Clear();
        tokenizer.Append(sentence, buffer);
        using IEnumerator<TokenOffset>? words = segmenter?.Segment(sentence).GetEnumerator();
        bool more = words?.MoveNext() ?? false;
        for (int i = 0; i < buffer.Length; i++)
        {
            int id = buffer.Ids[i], start = buffer.Offsets[i].Start;
            while (more && words!.Current.Start + words.Current.Length <= start) more = words.MoveNext();
            bool inside = more && start > words!.Current.Start;
            stored.Add(inside || !_begins[id] ? id + VocabSize : id);
        }
    }
}
