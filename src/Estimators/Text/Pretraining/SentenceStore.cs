using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>The tokenized sentences of a corpus, on disk, and where its documents begin.</summary>
internal sealed class SentenceStore(TokenStore sentences, IReadOnlyList<long> documentStarts) : IDisposable
{
    /// <summary>Documents.</summary>
    public int DocumentCount => documentStarts.Count;

    /// <summary>Tokens of all sentences.</summary>
    public long TokenCount => sentences.TokenCount;

    /// <summary>The store's numbers of a document's sentences; at least one.</summary>
    public (long First, long End) Sentences(int document) =>
        (documentStarts[document], document + 1 < documentStarts.Count ? documentStarts[document + 1] : sentences.Count);

    public int Length(long sentence) => sentences.Length(sentence);

    /// <summary>Appends a sentence's tokens.</summary>
    public void Append(long sentence, List<int> tokens)
    {
        int length = sentences.Length(sentence);
        long[] ids = System.Buffers.ArrayPool<long>.Shared.Rent(length);
        sentences.CopyIds(sentence, ids);
        for (int i = 0; i < length; i++) tokens.Add((int)ids[i]);
        System.Buffers.ArrayPool<long>.Shared.Return(ids);
    }

    public void Dispose() => sentences.Dispose();
}
