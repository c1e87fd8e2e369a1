using MLNet.Pretrain.Checkpoints;

namespace MLNet.Pretrain.Search;

/// <summary>Vectors with a value each, and their search. Immutable and thread safe.</summary>
internal sealed class VectorIndex
{
    private const string VectorsFile = "vectors.npy";

    private readonly float[] _vectors;
    private readonly Lazy<NearestRows> _search;

    /// <param name="vectors">[rows, size], finite numbers.</param>
    /// <param name="size">Components of a vector.</param>
    /// <param name="values">One a row.</param>
    /// <param name="similarity">What is near.</param>
    public VectorIndex(float[] vectors, int size, IndexValues values, VectorSimilarity similarity)
    {
        (_vectors, Size, Values) = (vectors, size, values);
        _search = new Lazy<NearestRows>(() => new NearestRows(vectors, size, similarity));
    }

    /// <summary>Components of a vector.</summary>
    public int Size { get; }

    public IndexValues Values { get; }

    /// <summary>Fills in the nearest rows, nearest first. A query with a component that is no finite number is near none: rows -1, scores NaN.</summary>
    public void Find(ReadOnlySpan<float> query, Span<int> rows, Span<float> scores)
    {
        foreach (float component in query)
        {
            if (float.IsFinite(component)) continue;
            rows.Fill(-1);
            scores.Fill(float.NaN);
            return;
        }
        (int Row, float Score)[] found = _search.Value.Find(query, rows.Length, int.MaxValue, []);
        // To 0 all are as near.
        for (int i = 0; i < rows.Length; i++) (rows[i], scores[i]) = found.Length > 0 ? found[i] : (i, 0);
    }

    public void Save(string directory, IDictionary<string, string> settings)
    {
        NpyFile.Write<float>(Path.Combine(directory, VectorsFile), _vectors, Size);
        Values.Save(directory, settings);
    }

    /// <exception cref="InvalidDataException">A file is damaged, or they do not fit each other.</exception>
    public static VectorIndex Load(string directory, IReadOnlyDictionary<string, string> settings, VectorSimilarity similarity)
    {
        float[] vectors = NpyFile.Read<float>(Path.Combine(directory, VectorsFile), out int size);
        IndexValues values = IndexValues.Load(directory, settings);
        if (size == 0 || values.Count != vectors.Length / size || values.Count == 0)
            throw new InvalidDataException($"The saved model's {VectorsFile} has {vectors.Length} numbers in rows of {size} for {values.Count} values; it was altered. Save it again.");
        return new VectorIndex(vectors, size, values, similarity);
    }
}
