namespace MLNet.Pretrain.Text;

/// <summary>A word of a text with its vector there.</summary>
/// <param name="Word">As the text was divided.</param>
/// <param name="Vector">Of the word in this place.</param>
public sealed record WordInContext(string Word, ReadOnlyMemory<float> Vector)
{
    /// <summary>The cosine of the two vectors' angle, -1 to 1; 0 where one of them is zero.</summary>
    /// <param name="other">Another word in its place, or the same word in another.</param>
    public double Similarity(WordInContext other)
    {
        ArgumentNullException.ThrowIfNull(other);
        double similarity = System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(Vector.Span, other.Vector.Span);
        return double.IsNaN(similarity) ? 0 : similarity;
    }
}
