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
    private ElmoCorpus(TokenStore rows, TokenStore? validation, Tensor characters, LanguageModelWords outputs, long[] targetCounts, long words) =>
        (Rows, ValidationRows, Characters, Outputs, TargetCounts, Words) = (rows, validation, characters, outputs, targetCounts, words);

    public TokenStore Rows { get; }

    /// <summary>Of <see cref="PretrainElmoOptions.ValidationData"/>; null = none.</summary>
    public TokenStore? ValidationRows { get; }

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
        TokenStore? validation = null;
        try
        {
            if (options.ValidationData is { } held) validation = Validation(held, corpus, options, column.Name, checkCancellation);
            return new ElmoCorpus(rows, validation, CharactersOf(corpus.Vocabulary.Words, options.MaxCharacters), outputs, counts, corpus.Words);
        }
        catch
        {
            rows.Dispose();
            validation?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Rows.Dispose();
        ValidationRows?.Dispose();
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

    private static TokenStore Write(Corpus corpus, int forms, int maxLength, long[] counts)
    {
        using var rows = new ElmoRowWriter(forms, maxLength, counts);
        corpus.File.ForEachPiece(piece =>
        {
            foreach (int word in piece)
            {
                if (word == CorpusFile.RowEnd) rows.EndText();
                else rows.Add(word == CorpusFile.Unknown ? LanguageModelWords.Unknown : word + LanguageModelWords.FirstWord);
            }
        });
        return rows.Complete();
    }

    // Words that training has not seen get numbers, and with them characters, of their own, as they will in scoring.
    private static TokenStore Validation(IDataView data, Corpus corpus, PretrainElmoOptions options, string column, Action checkCancellation)
    {
        WordTable words = corpus.Vocabulary.Words;
        using var rows = new ElmoRowWriter(LanguageModelWords.FirstWord + options.MaxWordForms, options.MaxSentenceLength, null);
        long read = 0;
        new CorpusReader(corpus.Splitter, checkCancellation).Read(data, data.Schema[column], (text, endsRow) =>
        {
            for (int i = 0; i < text.Count; i++)
            {
                int word = words.Count < options.MaxWordForms ? words.FindOrAdd(text[i]) : words.Find(text[i]);
                rows.Add(word < 0 ? LanguageModelWords.Unknown : word + LanguageModelWords.FirstWord);
            }
            read += text.Count;
            if (endsRow) rows.EndText();
        });
        if (read == 0) throw new InvalidOperationException($"{ElmoTransformer.Owner}: ValidationData has no word in column '{column}'; expected at least one.");
        return rows.Complete();
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
