using System.Runtime.InteropServices;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Packs the sentences of a corpus into rows for training.</summary>
internal static class PretrainingRows
{
    /// <summary>Special tokens of a single row: one at each end.</summary>
    public const int Specials = 2;

    public static TokenStore Write(SentenceStore sentences, PretrainingTokens tokens, PretrainBertOptions options, int maxLength, int seed, Action check)
    {
        var format = new TokenStoreFormat(tokens.StoredSize, tokens.Tokenizer.PadTokenId, options.Packing == SequencePacking.SameDocumentPairs || (options.NeedsPooler && tokens.Tokenizer.HasTokenTypes), LabelKind.Class);
        using var writer = new TokenStoreWriter(format);
        var rows = new PretrainingRowWriter(writer, tokens.Tokenizer);
        switch (options.Packing)
        {
            case SequencePacking.FullSequences:
                WriteFull(sentences, rows, maxLength - Specials, acrossDocuments: true, check);
                break;
            case SequencePacking.Documents:
                WriteFull(sentences, rows, maxLength - Specials, acrossDocuments: false, check);
                break;
            case SequencePacking.SameDocumentPairs:
                new PassagePairs(sentences, rows, options, maxLength, seed).Write(check);
                break;
            default:
                new SentencePairs(sentences, rows, options, maxLength, seed).Write(check);
                break;
        }
        return writer.Complete();
    }

    // Rows of exactly `room` tokens between their special tokens, but for the last of a corpus or document.
    private static void WriteFull(SentenceStore sentences, PretrainingRowWriter rows, int room, bool acrossDocuments, Action check)
    {
        var buffer = new List<int>();
        for (int document = 0; document < sentences.DocumentCount; document++)
        {
            check();
            if (acrossDocuments && buffer.Count > 0) buffer.Add(rows.Separator);
            (long first, long end) = sentences.Sentences(document);
            for (long sentence = first; sentence < end; sentence++)
            {
                sentences.Append(sentence, buffer);
                int written = 0;
                for (; buffer.Count - written >= room; written += room) rows.Single(CollectionsMarshal.AsSpan(buffer).Slice(written, room));
                buffer.RemoveRange(0, written);
            }
            if (acrossDocuments || buffer.Count == 0) continue;
            rows.Single(CollectionsMarshal.AsSpan(buffer));
            buffer.Clear();
        }
        if (buffer.Count > 0) rows.Single(CollectionsMarshal.AsSpan(buffer));
    }
}
