using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Puts special tokens around texts and appends them to a store.</summary>
internal sealed class PretrainingRowWriter(TokenStoreWriter writer, SequenceTokenizer tokenizer)
{
    private readonly List<int> _row = [];

    public int Separator => tokenizer.SepTokenId;

    /// <summary><c>[CLS] text [SEP]</c></summary>
    public void Single(ReadOnlySpan<int> text)
    {
        Begin(text);
        Append(_row.Count, 0);
    }

    /// <summary><c>[CLS] first [SEP] second [SEP]</c>, labelled.</summary>
    public void Pair(ReadOnlySpan<int> first, ReadOnlySpan<int> second, int label)
    {
        Begin(first);
        int length = _row.Count;
        _row.AddRange(second);
        _row.Add(tokenizer.SepTokenId);
        Append(length, label);
    }

    /// <summary>Two rows of their own, kept as one: <c>[CLS] first [SEP]</c> and <c>[CLS] second [SEP]</c>, labelled with their document.</summary>
    public void Passages(ReadOnlySpan<int> first, ReadOnlySpan<int> second, int document)
    {
        Begin(first);
        int length = _row.Count;
        _row.Add(tokenizer.ClsTokenId);
        _row.AddRange(second);
        _row.Add(tokenizer.SepTokenId);
        Append(length, document);
    }

    private void Begin(ReadOnlySpan<int> text)
    {
        _row.Clear();
        _row.Add(tokenizer.ClsTokenId);
        _row.AddRange(text);
        _row.Add(tokenizer.SepTokenId);
    }

    private void Append(int firstLength, int label) => writer.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_row), firstLength, label);
}
