using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Counts words and writes them to a <see cref="CorpusFile"/> under provisional numbers. Beyond a limit of different words the rarest are
/// forgotten, those seen once first, then twice, and so on (word2vec.c's ReduceVocab), so that counting takes bounded memory.
/// </summary>
/// <param name="corpus">Null = the words are counted only.</param>
/// <param name="maxCountedWords">The limit.</param>
/// <param name="maxNumbers">Provisional numbers there are, more than the limit.</param>
internal sealed class WordCounter(CorpusFile? corpus, int maxCountedWords, int maxNumbers = int.MaxValue)
{
    /// <summary>The limit where an estimator has no option for it: one to two gigabytes.</summary>
    public const int DefaultLimit = 20_000_000;

    private WordTable _words = new();
    private List<long> _counts = [];
    private List<int>? _numbers;   // null = a word's number is its place in the table, as until the first pruning
    private int _nextNumber;
    private int _forgottenUpTo;

    /// <summary>Words read.</summary>
    public long TotalWords { get; private set; }

    /// <summary>Rows read.</summary>
    public long Rows { get; private set; }

    /// <summary>Different words now known.</summary>
    public int DistinctWords => _words.Count;

    /// <summary>The most frequent word and its count; null where there is none.</summary>
    public (string Word, long Count)? MostFrequent =>
        _counts.Count == 0 ? null : Enumerable.Range(0, _counts.Count).MaxBy(id => _counts[id]) is var id ? (_words[id].ToString(), _counts[id]) : null;

    public void Add(WordList words, bool endsRow)
    {
        for (int i = 0; i < words.Count; i++) Add(words[i]);
        TotalWords += words.Count;
        if (!endsRow) return;
        corpus?.Append(CorpusFile.RowEnd);
        Rows++;
    }

    /// <summary>Chooses the words that stay and renumbers the corpus; see <see cref="CorpusNumbering.Keep"/>.</summary>
    public Vocabulary Finish(int minCount, int maxWords, bool keepGaps)
    {
        corpus?.Flush();
        return CorpusNumbering.Keep(corpus, _words, _counts, _numbers, minCount, maxWords, keepGaps);
    }

    private void Add(ReadOnlySpan<char> word)
    {
        int id = _words.FindOrAdd(word);
        if (id == _counts.Count)
        {
            _counts.Add(0);
            _numbers?.Add(_nextNumber);
            _nextNumber++;
        }
        CollectionsMarshal.AsSpan(_counts)[id]++;
        corpus?.Append(_numbers is null ? id : _numbers[id]);
        if (_words.Count > maxCountedWords) Prune();
    }

    private void Prune()
    {
        _forgottenUpTo++;
        var words = new WordTable();
        List<long> counts = [];
        List<int> numbers = [];
        for (int id = 0; id < _words.Count; id++)
        {
            if (_counts[id] <= _forgottenUpTo) continue;
            words.FindOrAdd(_words[id]);
            counts.Add(_counts[id]);
            numbers.Add(_numbers is null ? id : _numbers[id]);
        }
        (_words, _counts, _numbers) = (words, counts, numbers);
        // A forgotten word that comes again takes a new number, so that they run out, after some billions of rare words.
        if (_nextNumber > (long)maxNumbers - maxCountedWords - 1) Renumber(numbers);
    }

    private void Renumber(List<int> numbers)
    {
        var places = new Dictionary<int, int>(numbers.Count);
        for (int id = 0; id < numbers.Count; id++) places[numbers[id]] = id;
        corpus?.Flush();
        corpus?.Rewrite(piece =>
        {
            foreach (ref int word in piece)
                if (word >= 0) word = places.GetValueOrDefault(word, CorpusFile.Unknown);
            return piece.Length;
        });
        (_numbers, _nextNumber) = (null, numbers.Count);
    }
}
