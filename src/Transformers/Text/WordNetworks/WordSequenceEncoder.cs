using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Words as ids: 0 fills, 1 is any unknown word, the vocabulary follows. A row begins and ends with as many fillers as a filter may reach
/// beyond the text, so that its features depend on the text alone and not on its batch; a text without words is one filler at least.
/// </summary>
/// <param name="splitter">Texts to words.</param>
/// <param name="words">The vocabulary.</param>
/// <param name="widestFilter">Words that a filter spans at most; 1 = no filler around a text.</param>
internal sealed class WordSequenceEncoder(WordSplitter splitter, WordTable words, int widestFilter) : ISequenceEncoder
{
    public const int PadId = 0, UnknownId = 1, FirstWordId = 2;

    public WordSplitter Splitter => splitter;

    public WordTable Words => words;

    public int VocabSize => words.Count + FirstWordId;

    public int PadTokenId => PadId;

    public bool HasTokenTypes => false;

    public void Encode(ReadOnlySpan<char> text, int maxLength, TruncationStrategy truncation, EncodedText destination)
    {
        WordList list = destination.Words;
        splitter.Split(text, list);
        int count = list.Count, room = Math.Max(1, maxLength);
        destination.Clear();
        destination.Truncated = count > room;
        if (destination.Truncated && truncation == TruncationStrategy.Error)
            throw new ArgumentException($"A text of {text.Length} characters has {count} words, more than {room}, and TruncationStrategy.Error forbids cutting it; raise MaxLength or choose another strategy.");
        int head = !destination.Truncated ? count : truncation == TruncationStrategy.HeadAndTail ? Math.Max(1, room / 4) : room;
        int tail = destination.Truncated ? room - head : 0;
        Fill(widestFilter - 1, destination);
        for (int i = 0; i < head; i++) Add(list, i, destination);
        for (int i = count - tail; i < count; i++) Add(list, i, destination);
        Fill(Math.Max(widestFilter - 1, widestFilter - destination.Length), destination);
    }

    public void EncodePair(ReadOnlySpan<char> text, ReadOnlySpan<char> pair, int maxLength, TruncationStrategy truncation, EncodedText destination) =>
        throw new NotSupportedException("A network over words reads single texts; join the two in one column.");

    private void Add(WordList list, int index, EncodedText destination)
    {
        int id = words.Find(list[index]);
        (int start, int end) = list.PlaceOf(index);
        destination.Add(id < 0 ? UnknownId : id + FirstWordId, new TokenOffset(start, end - start));
    }

    private static void Fill(int count, EncodedText destination)
    {
        for (int i = 0; i < count; i++) destination.Add(PadId);
    }
}
