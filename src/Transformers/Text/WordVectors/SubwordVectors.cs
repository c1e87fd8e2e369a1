using System.Numerics.Tensors;

namespace MLNet.Pretrain.Text;

/// <summary>Vectors of character n-grams, of those buckets that some word of the vocabulary falls into.</summary>
internal sealed class SubwordVectors
{
    private readonly SubwordHasher _hasher;
    private readonly Dictionary<int, int> _rowOf;

    /// <param name="hasher">How n-grams find their bucket.</param>
    /// <param name="buckets">The bucket of each row.</param>
    /// <param name="values">[rows, size]</param>
    /// <param name="size">Components of a row.</param>
    public SubwordVectors(SubwordHasher hasher, int[] buckets, float[] values, int size)
    {
        (_hasher, Buckets, Values, Size) = (hasher, buckets, values, size);
        _rowOf = new Dictionary<int, int>(buckets.Length);
        for (int row = 0; row < buckets.Length; row++) _rowOf[buckets[row]] = row;
    }

    public SubwordHasher Hasher => _hasher;

    public int[] Buckets { get; }

    public float[] Values { get; }

    public int Size { get; }

    /// <summary>The mean of the word's known n-grams; false where none is known.</summary>
    public bool TryCompose(ReadOnlySpan<char> word, Span<float> vector)
    {
        vector.Clear();
        int known = 0;
        foreach (int bucket in _hasher.Buckets(word))
        {
            if (!_rowOf.TryGetValue(bucket, out int row)) continue;
            TensorPrimitives.Add(vector, Values.AsSpan(row * Size, Size), vector);
            known++;
        }
        if (known > 0) TensorPrimitives.Divide(vector, known, vector);
        return known > 0;
    }
}
