using System.Numerics.Tensors;

namespace MLNet.Pretrain.Text;

/// <summary>Makes a text's vector of its words' vectors. Immutable; many may use it at once.</summary>
/// <param name="Vectors">Of the words.</param>
/// <param name="Pooling">How.</param>
/// <param name="Weights">One a word, for the weighted kinds; words beyond the vocabulary weigh <paramref name="UnseenWeight"/>.</param>
/// <param name="UnseenWeight">See there.</param>
/// <param name="CommonDirection">Of length 1, taken out of each text's vector; null = nothing is.</param>
internal sealed record WordPooler(WordVectors Vectors, WordVectorPooling Pooling, float[]? Weights = null, float UnseenWeight = 1, float[]? CommonDirection = null)
{
    /// <summary>Components of a text's vector; null = it depends on the text.</summary>
    public int? Size => Pooling switch
    {
        WordVectorPooling.Tokens => null,
        WordVectorPooling.MinMeanMax => 3 * Vectors.VectorSize,
        _ => Vectors.VectorSize,
    };

    /// <summary>Writes the vector of fixed size of a text.</summary>
    public void Pool(WordList words, Span<float> target)
    {
        int size = Vectors.VectorSize, known = 0;
        Span<float> word = size <= 1024 ? stackalloc float[size] : new float[size];
        target.Clear();
        double total = 0;
        Span<float> sum = Pooling == WordVectorPooling.MinMeanMax ? target.Slice(size, size) : target;
        for (int i = 0; i < words.Count; i++)
        {
            if (!TryVector(words[i], word, out int row)) continue;
            if (Pooling == WordVectorPooling.MinMeanMax)
            {
                Span<float> least = target[..size], most = target[(2 * size)..];
                if (known == 0) word.CopyTo(least);
                else TensorPrimitives.Min(least, word, least);
                if (known == 0) word.CopyTo(most);
                else TensorPrimitives.Max(most, word, most);
            }
            float weight = Weights is null ? 1 : row >= 0 ? Weights[row] : UnseenWeight;
            TensorPrimitives.MultiplyAdd(word, weight, sum, sum);
            total += weight;
            known++;
        }
        if (known == 0) return;
        // SIF divides by the number of words, not by their weights (Arora et al. 2017, algorithm 1).
        double divisor = Pooling == WordVectorPooling.SmoothInverseFrequency ? known : total;
        if (divisor > 0) TensorPrimitives.Divide(sum, (float)divisor, sum);
        if (CommonDirection is not null) TensorPrimitives.MultiplyAdd(CommonDirection, -TensorPrimitives.Dot(CommonDirection, target), target, target);
    }

    /// <summary>The vectors of the known words, one behind the other.</summary>
    public float[] Stack(WordList words)
    {
        int size = Vectors.VectorSize, known = 0;
        float[] all = new float[checked(words.Count * size)];
        for (int i = 0; i < words.Count; i++)
            if (TryVector(words[i], all.AsSpan(known * size, size), out _)) known++;
        return known == words.Count ? all : all[..(known * size)];
    }

    private bool TryVector(ReadOnlySpan<char> word, Span<float> vector, out int row)
    {
        row = Vectors.Find(word);
        if (row >= 0)
        {
            Vectors.Row(row).CopyTo(vector);
            return true;
        }
        return Vectors.Subwords is { } subwords && subwords.TryCompose(word, vector);
    }
}
