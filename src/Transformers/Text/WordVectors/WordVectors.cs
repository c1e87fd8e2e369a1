using System.Collections;
using System.Numerics.Tensors;
using MLNet.Pretrain.Search;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Vectors of words, made by <c>Word2Vec</c> or a neural language model, or read from a file: look-up, nearest words, analogies, evaluation.
/// Immutable and thread safe. Words are found as they are spelt and, where that fails, in lower case.
/// </summary>
public sealed partial class WordVectors
{
    private readonly float[] _values;
    private readonly Lazy<NearestRows> _nearest;

    internal WordVectors(Vocabulary vocabulary, float[] values, int vectorSize, SubwordVectors? subwords = null)
    {
        (Vocabulary, _values, VectorSize, Subwords) = (vocabulary, values, vectorSize, subwords);
        _nearest = new Lazy<NearestRows>(() => new NearestRows(values, vectorSize));
        Words = new WordView(vocabulary.Words);
    }

    /// <summary>How many words.</summary>
    public int Count => Vocabulary.Count;

    /// <summary>Components of a vector.</summary>
    public int VectorSize { get; }

    /// <summary>The words, most frequent first where they were trained here; else in the file's order.</summary>
    public IReadOnlyList<string> Words { get; }

    /// <summary>Whether words that are not in <see cref="Words"/> get vectors, from their character n-grams.</summary>
    public bool HasSubwords => Subwords is not null;

    internal Vocabulary Vocabulary { get; }

    internal SubwordVectors? Subwords { get; }

    internal ReadOnlySpan<float> Values => _values;

    /// <summary>The vector of a word.</summary>
    /// <exception cref="KeyNotFoundException">The word has none.</exception>
    public float[] this[string word]
    {
        get
        {
            float[] vector = new float[VectorSize];
            return TryGetVector(word, vector) ? vector : throw Unknown(word);
        }
    }

    /// <summary>Copies the vector of a word.</summary>
    /// <param name="word">The word.</param>
    /// <param name="vector">At least <see cref="VectorSize"/> long.</param>
    /// <returns>Whether the word has a vector; else nothing is written but, with sub-words, zeros.</returns>
    public bool TryGetVector(ReadOnlySpan<char> word, Span<float> vector)
    {
        int row = Find(word);
        if (row < 0) return Subwords is not null && Subwords.TryCompose(word, vector[..VectorSize]);
        Row(row).CopyTo(vector);
        return true;
    }

    /// <summary>Whether the word is in <see cref="Words"/>.</summary>
    /// <param name="word">The word.</param>
    public bool Contains(string word) => Find(word) >= 0;

    /// <summary>Occurrences of a word in the corpus that its vector was trained on; null where they are not known.</summary>
    /// <param name="word">The word.</param>
    /// <exception cref="KeyNotFoundException">The word is not in <see cref="Words"/>.</exception>
    public long? CountOf(string word) => Find(word) is >= 0 and var row ? (Vocabulary.Counts.Length > 0 ? Vocabulary.Counts[row] : null) : throw Unknown(word);

    /// <summary>The cosine of two words, -1 to 1.</summary>
    /// <param name="first">A word.</param>
    /// <param name="second">Another.</param>
    /// <exception cref="KeyNotFoundException">One has no vector.</exception>
    public float Similarity(string first, string second) => Cosine(this[first], this[second]);

    /// <summary>The words nearest to a word by cosine, itself left out.</summary>
    /// <param name="word">The word.</param>
    /// <param name="count">The most words wanted.</param>
    /// <exception cref="KeyNotFoundException">The word has no vector.</exception>
    public IReadOnlyList<WordSimilarity> MostSimilar(string word, int count) => MostSimilar([word], [], count);

    /// <summary>The words nearest to a vector by cosine.</summary>
    /// <param name="vector"><see cref="VectorSize"/> long.</param>
    /// <param name="count">The most words wanted.</param>
    /// <exception cref="ArgumentException">It has another length, or a component is no finite number.</exception>
    public IReadOnlyList<WordSimilarity> MostSimilar(ReadOnlySpan<float> vector, int count)
    {
        if (vector.Length != VectorSize) throw new ArgumentException($"The vector has {vector.Length} components; expected {VectorSize}, those of the word vectors.");
        for (int i = 0; i < vector.Length; i++)
            if (!float.IsFinite(vector[i])) throw new ArgumentException(FormattableString.Invariant($"Component {i} of the vector is {vector[i]}; expected finite numbers."));
        return Name(_nearest.Value.Find(vector, CheckCount(count), Count, []));
    }

    /// <summary>The words nearest to the sum of some words' directions less those of others (3CosAdd, Mikolov et al. 2013c), the words given left out.</summary>
    /// <param name="positive">Words added.</param>
    /// <param name="negative">Words taken away.</param>
    /// <param name="count">The most words wanted.</param>
    /// <exception cref="KeyNotFoundException">One has no vector.</exception>
    public IReadOnlyList<WordSimilarity> MostSimilar(IEnumerable<string> positive, IEnumerable<string> negative, int count)
    {
        float[] query = new float[VectorSize];
        List<int> given = [];
        foreach ((string word, float sign) in positive.Select(w => (w, 1f)).Concat(negative.Select(w => (w, -1f))))
        {
            int row = Find(word);
            given.Add(row);
            if (row >= 0) _nearest.Value.AddUnit(row, sign, query);
            else AddUnit(this[word], sign, query);
        }
        if (given.Count == 0) throw new ArgumentException("No words were given; expected at least one.");
        return Name(_nearest.Value.Find(query, CheckCount(count), Count, [.. given]));
    }

    /// <summary>What is to <paramref name="c"/> as <paramref name="b"/> is to <paramref name="a"/>: man, king, woman gives queen.</summary>
    /// <param name="a">First of the known pair.</param>
    /// <param name="b">Second of the known pair.</param>
    /// <param name="c">First of the pair that is sought.</param>
    /// <param name="count">The most words wanted.</param>
    /// <exception cref="KeyNotFoundException">One has no vector.</exception>
    public IReadOnlyList<WordSimilarity> Analogy(string a, string b, string c, int count = 10) => MostSimilar([b, c], [a], count);

    /// <summary>The word that fits least with the others: the farthest from their mean direction.</summary>
    /// <param name="words">Two or more.</param>
    /// <exception cref="KeyNotFoundException">One has no vector.</exception>
    public string DoesntMatch(params IEnumerable<string> words)
    {
        string[] all = [.. words];
        if (all.Length < 2) throw new ArgumentException($"{all.Length} words were given; expected two or more.");
        float[] mean = new float[VectorSize];
        foreach (string word in all) AddUnit(this[word], 1, mean);
        return all.MinBy(word => Cosine(this[word], mean))!;
    }

    internal int Find(ReadOnlySpan<char> word)
    {
        int row = Vocabulary.Words.Find(word);
        if (row >= 0 || word.Length > WordSplitting.MaxWordLength) return row;
        Span<char> lower = stackalloc char[word.Length];
        word.ToLowerInvariant(lower);
        return Vocabulary.Words.Find(lower);
    }

    internal ReadOnlySpan<float> Row(int row) => _values.AsSpan(row * VectorSize, VectorSize);

    internal (int Row, float Score)[] Nearest(ReadOnlySpan<int> added, ReadOnlySpan<int> taken, int count, int limit)
    {
        float[] query = new float[VectorSize];
        foreach (int row in added) _nearest.Value.AddUnit(row, 1, query);
        foreach (int row in taken) _nearest.Value.AddUnit(row, -1, query);
        return _nearest.Value.Find(query, count, limit, [.. added, .. taken]);
    }

    private static void AddUnit(float[] vector, float sign, float[] target)
    {
        float norm = VectorLength.Of(vector);
        if (norm > 0) TensorPrimitives.MultiplyAdd(vector, sign / norm, target, target);
    }

    private static float Cosine(float[] a, float[] b)
    {
        (float lengthA, float lengthB) = (VectorLength.Of(a), VectorLength.Of(b));
        if (lengthA == 0 || lengthB == 0) return 0;
        float[] unit = new float[a.Length];
        TensorPrimitives.Divide(a, lengthA, unit);
        return Math.Clamp(TensorPrimitives.Dot(unit, b) / lengthB, -1, 1);
    }

    private static int CheckCount(int count) => count >= 1 ? count : throw new ArgumentException($"count is {count}; expected 1 or more.");

    private IReadOnlyList<WordSimilarity> Name((int Row, float Score)[] rows) => [.. rows.Select(r => new WordSimilarity(Words[r.Row], r.Score))];

    private KeyNotFoundException Unknown(string word) =>
        new($"The word '{word}' has no vector: it is not among the {Count} words{(HasSubwords ? " and has no known n-gram" : "")}. Check Contains first, or train with Subwords.");

    private sealed class WordView(WordTable table) : IReadOnlyList<string>
    {
        public int Count => table.Count;

        public string this[int index] => table[index].ToString();

        public IEnumerator<string> GetEnumerator() => Enumerable.Range(0, Count).Select(i => this[i]).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
