using Microsoft.ML;

namespace MLNet.Pretrain.Text;

/// <summary>What a corpus is prepared for.</summary>
/// <param name="Owner">The estimator, for messages.</param>
/// <param name="Splitting">Texts to words.</param>
/// <param name="Phrases">Null = none are joined.</param>
/// <param name="MinCount">Rarer words leave the vocabulary.</param>
/// <param name="MaxVocabularySize">Null = no limit.</param>
/// <param name="MaxCountedWords">Bounds counting.</param>
/// <param name="KeepGaps">Whether words that leave stay as <see cref="CorpusFile.Unknown"/>.</param>
internal sealed record CorpusRequest(string Owner, WordSplitting Splitting, PhraseOptions? Phrases, int MinCount, int? MaxVocabularySize, int MaxCountedWords, bool KeepGaps);

/// <summary>The words of a column, counted, numbered and written to a file that is gone with this object.</summary>
internal sealed class Corpus : IDisposable
{
    private Corpus(CorpusFile file, Vocabulary vocabulary, WordSplitter splitter, long rows, long words) =>
        (File, Vocabulary, Splitter, Rows, Words) = (file, vocabulary, splitter, rows, words);

    public CorpusFile File { get; }

    public Vocabulary Vocabulary { get; }

    /// <summary>Divides other texts as this corpus was.</summary>
    public WordSplitter Splitter { get; }

    public long Rows { get; }

    /// <summary>Words read, those that left included; before phrases were joined.</summary>
    public long Words { get; }

    /// <exception cref="InvalidOperationException">There are no rows, no words, or no word often enough.</exception>
    public static Corpus Read(IDataView data, DataViewSchema.Column column, CorpusRequest request, Action checkCancellation)
    {
        var file = new CorpusFile();
        try
        {
            var counter = new WordCounter(file, request.MaxCountedWords);
            var splitter = new WordSplitter(request.Splitting);
            new CorpusReader(splitter, checkCancellation).Read(data, column, counter.Add);
            if (counter.Rows == 0) throw new InvalidOperationException($"{request.Owner}: there are no training rows; expected at least one text in column '{column.Name}'.");
            if (counter.TotalWords == 0) throw new InvalidOperationException($"{request.Owner}: the {counter.Rows} rows of column '{column.Name}' hold no word; check the column, and Splitting, which is {request.Splitting.Unit}.");
            (string, long)? mostFrequent = counter.MostFrequent;
            int distinct = counter.DistinctWords;
            Vocabulary vocabulary;
            if (request.Phrases is { } phrases)
            {
                vocabulary = counter.Finish(Math.Min(request.MinCount, phrases.MinCount), int.MaxValue, keepGaps: true);
                (vocabulary, splitter) = Join(file, vocabulary, phrases, counter.TotalWords, request);
            }
            else
            {
                vocabulary = counter.Finish(request.MinCount, request.MaxVocabularySize ?? int.MaxValue, request.KeepGaps);
            }
            if (vocabulary.Count == 0)
                throw new InvalidOperationException($"{request.Owner}: no word of column '{column.Name}' occurs {request.MinCount} times; the most frequent of {distinct}, '{mostFrequent?.Item1}', occurs {mostFrequent?.Item2} times. Lower MinCount or add text.");
            return new Corpus(file, vocabulary, splitter, counter.Rows, counter.TotalWords);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public void Dispose() => File.Dispose();

    private static (Vocabulary, WordSplitter) Join(CorpusFile file, Vocabulary vocabulary, PhraseOptions options, long totalWords, CorpusRequest request)
    {
        var finder = new PhraseFinder(options);
        List<PhraseTable> passes = [];
        for (int pass = 1; pass <= options.Passes; pass++)
        {
            (PhraseTable phrases, WordTable words, long[] counts, long joins) = finder.Join(file, vocabulary, totalWords);
            passes.Add(phrases);
            totalWords -= joins;   // word2phrase counts anew in each pass
            bool last = pass == options.Passes;
            vocabulary = last
                ? CorpusNumbering.Keep(file, words, counts, null, request.MinCount, request.MaxVocabularySize ?? int.MaxValue, request.KeepGaps)
                : new Vocabulary(words, counts);
        }
        return (vocabulary, new WordSplitter(request.Splitting, passes));
    }
}
