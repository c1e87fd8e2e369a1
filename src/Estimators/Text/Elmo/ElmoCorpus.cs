using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// A text column made ready for <c>PretrainElmo</c>: rows of word numbers, and the characters of each word. A word's number is that of the output layer as
/// far as that goes, the most frequent first; the words beyond it are inputs only. Words beyond <c>MaxWordForms</c> share one number and have no characters.
/// </summary>
internal sealed class ElmoCorpus : IDisposable
{
    private ElmoCorpus(TokenStore rows, Tensor characters, LanguageModelWords outputs, long[] targetCounts, long words) =>
        (Rows, Characters, Outputs, TargetCounts, Words) = (rows, characters, outputs, targetCounts, words);

    public TokenStore Rows { get; }

    /// <summary>Character ids of each word, [F, C] int16.</summary>
    public Tensor Characters { get; }

    /// <summary>The words of the output layer.</summary>
    public LanguageModelWords Outputs { get; }

    /// <summary>How often each of them is foreseen.</summary>
    public long[] TargetCounts { get; }

    /// <summary>Words read.</summary>
    public long Words { get; }

    /// <exception cref="InvalidOperationException">There are no rows, no words, or none often enough.</exception>
    public static ElmoCorpus Read(IDataView data, Microsoft.ML.DataViewSchema.Column column, PretrainElmoOptions options, Action checkCancellation)
    {
        // Counting forgets the rarest words before they are a multiple of those kept: its memory is bounded, too.
        int counted = (int)Math.Min(int.MaxValue, 4L * options.MaxWordForms);
        using Corpus corpus = Corpus.Read(data, column, new CorpusRequest(ElmoTransformer.Owner, options.Splitting, null, 1, options.MaxWordForms, counted, KeepGaps: true), checkCancellation);
        LanguageModelWords outputs = Frequent(corpus.Vocabulary, options, column.Name);
        int forms = corpus.Vocabulary.Count + LanguageModelWords.FirstWord;
        long[] counts = new long[outputs.Count];
        TokenStore rows = Write(corpus, forms, options.MaxSentenceLength, counts);
        try
        {
            return new ElmoCorpus(rows, CharactersOf(corpus.Vocabulary.Words, options.MaxCharacters), outputs, counts, corpus.Words);
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Rows.Dispose();
        Characters.Dispose();
    }

    private static LanguageModelWords Frequent(Vocabulary vocabulary, PretrainElmoOptions options, string column)
    {
        var table = new WordTable();
        for (int id = 0; id < vocabulary.Count && id < options.MaxVocabularySize && vocabulary.Counts[id] >= options.MinCount; id++) table.FindOrAdd(vocabulary.Words[id]);
        if (table.Count == 0)
            throw new InvalidOperationException($"{ElmoTransformer.Owner}: no word of column '{column}' occurs {options.MinCount} times; the most frequent of {vocabulary.Count}, '{vocabulary.Words[0]}', occurs {vocabulary.Counts[0]} times. Lower MinCount or add text.");
        return new LanguageModelWords(table);
    }

    // Texts without words are left out. See ElmoRow: rows of one text share a word.
    private static TokenStore Write(Corpus corpus, int forms, int maxLength, long[] counts)
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(forms, LanguageModelWords.Begin, false, LabelKind.Class));
        List<int> row = [LanguageModelWords.Begin];
        bool isFirst = true;
        corpus.File.ForEachPiece(piece =>
        {
            foreach (int word in piece)
            {
                if (word != CorpusFile.RowEnd)
                {
                    Add(word == CorpusFile.Unknown ? LanguageModelWords.Unknown : word + LanguageModelWords.FirstWord);
                    continue;
                }
                if (!isFirst || row.Count > 1)
                {
                    Add(LanguageModelWords.End);
                    Append();
                }
                row.Clear();
                row.Add(LanguageModelWords.Begin);
                isFirst = true;
            }
        });
        return writer.Complete();

        void Add(int id)
        {
            if (row.Count == maxLength)
            {
                Append();
                row.RemoveRange(0, row.Count - 1);
                isFirst = false;
            }
            row.Add(id);
        }

        void Append()
        {
            ReadOnlySpan<int> ids = CollectionsMarshal.AsSpan(row);
            writer.Append(ids, ids.Length, 0);
            for (int i = 1; i < ids.Length; i++)
            {
                Count(ids[i]);       // forward
                Count(ids[i - 1]);   // backward
            }
        }

        void Count(int id) => counts[id < counts.Length ? id : LanguageModelWords.Unknown]++;
    }

    private static Tensor CharactersOf(WordTable words, int maxCharacters)
    {
        Tensor characters = empty([words.Count + LanguageModelWords.FirstWord, maxCharacters], int16).DetachFromDisposeScope();
        Span<short> all = MemoryMarshal.Cast<byte, short>(characters.bytes);
        ElmoCharacters.WriteBegin(all.Slice(LanguageModelWords.Begin * maxCharacters, maxCharacters));
        ElmoCharacters.WriteEnd(all.Slice(LanguageModelWords.End * maxCharacters, maxCharacters));
        ElmoCharacters.Write([], all.Slice(LanguageModelWords.Unknown * maxCharacters, maxCharacters));
        for (int id = 0; id < words.Count; id++) ElmoCharacters.Write(words[id], all.Slice((id + LanguageModelWords.FirstWord) * maxCharacters, maxCharacters));
        return characters;
    }
}
