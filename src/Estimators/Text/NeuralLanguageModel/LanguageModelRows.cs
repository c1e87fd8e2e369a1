using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Writes a corpus as training rows: a full context, then the words that are predicted, the text's end last.</summary>
internal static class LanguageModelRows
{
    /// <param name="corpus">With gaps for unknown words.</param>
    /// <param name="vocabularySize">Special words included.</param>
    /// <param name="contextSize">Words before each predicted one.</param>
    /// <param name="maxWords">The most predicted words of a row; a longer text goes on in the next row, with the words before as its context.</param>
    /// <param name="counts">How often each word is predicted.</param>
    public static TokenStore Write(Corpus corpus, int vocabularySize, int contextSize, int maxWords, out long[] counts)
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(vocabularySize, LanguageModelWords.Begin, false, LabelKind.Class));
        long[] seen = new long[vocabularySize];
        List<int> row = [];
        Begin();
        corpus.File.ForEachPiece(piece =>
        {
            foreach (int word in piece)
            {
                bool ends = word == CorpusFile.RowEnd;
                int id = ends ? LanguageModelWords.End : word == CorpusFile.Unknown ? LanguageModelWords.Unknown : word + LanguageModelWords.FirstWord;
                row.Add(id);
                seen[id]++;
                if (ends)
                {
                    Append();
                    Begin();
                }
                else if (row.Count == contextSize + maxWords)
                {
                    Append();
                    row.RemoveRange(0, row.Count - contextSize);
                }
            }
        });
        counts = seen;
        return writer.Complete();

        void Begin()
        {
            row.Clear();
            for (int i = 0; i < contextSize; i++) row.Add(LanguageModelWords.Begin);
        }

        void Append() => writer.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(row), row.Count, 0);
    }
}
