using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>BERT's words: what its tokenizer reads, but for special tokens and words so long that they become the unknown token.</summary>
internal sealed class WordPieceWords(BertWordPieceOptions options) : IWordDivider
{
    private readonly WordReader _reader = new(options);

    public void Count(ReadOnlySpan<char> text, WordCounts counts)
    {
        _reader.Reset();
        while (_reader.MoveNext(text))
        {
            if (_reader.IsSpecial || (_reader.Word.Length > options.MaxWordLength && CodePoints(_reader.Word) > options.MaxWordLength)) continue;
            counts.Add(_reader.Word, 1);
        }
    }

    private static int CodePoints(ReadOnlySpan<char> word)
    {
        int count = 0;
        foreach (char c in word)
            if (!char.IsLowSurrogate(c)) count++;
        return count;
    }
}
