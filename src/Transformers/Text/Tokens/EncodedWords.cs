using System.Runtime.InteropServices;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>The ids of a row's words, window after window. Buffers are reused from row to row.</summary>
internal sealed class EncodedWords
{
    /// <summary>All windows, each with its special tokens.</summary>
    public List<int> Ids { get; } = [];

    /// <summary>None where the row has no words.</summary>
    public List<WordWindow> Windows { get; } = [];

    /// <summary>Where each word's first piece stands in <see cref="Ids"/>.</summary>
    public List<int> FirstPieces { get; } = [];

    /// <summary>Words of more pieces than a window holds; the first of them stand for the word.</summary>
    public int WordsCut { get; set; }

    internal EncodedText Buffer { get; } = new();

    /// <summary>The pieces of all words, and how many each has.</summary>
    internal List<int> Pieces { get; } = [];

    internal List<int> Counts { get; } = [];

    public ReadOnlySpan<int> IdsOf(WordWindow window) => CollectionsMarshal.AsSpan(Ids).Slice(window.FirstId, window.IdCount);

    internal void Clear()
    {
        foreach (List<int> list in (List<int>[])[Ids, FirstPieces, Pieces, Counts]) list.Clear();
        Windows.Clear();
        WordsCut = 0;
    }
}
