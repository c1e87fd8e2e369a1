using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>The two matrices that learn: vectors of words (and of their n-grams) as inputs, and of words or tree nodes as outputs.</summary>
internal sealed class Word2VecWeights : IDisposable
{
    public Word2VecWeights(int words, int buckets, int vectorSize, int seed)
    {
        Inputs = new NativeMatrix((long)words + buckets, vectorSize);
        Outputs = new NativeMatrix(words, vectorSize);
        for (long row = 0; row < Inputs.Rows; row++)
        {
            var random = new FastRandom(SeedMixer.Mix(seed, 0, row));
            Span<float> values = Inputs.Row(row);
            for (int i = 0; i < values.Length; i++) values[i] = (2 * random.NextSingle() - 1) / vectorSize;
        }
    }

    /// <summary>[words + buckets, vector size]</summary>
    public NativeMatrix Inputs { get; }

    /// <summary>[words, vector size]; zeros at first.</summary>
    public NativeMatrix Outputs { get; }

    public void Dispose()
    {
        Inputs.Dispose();
        Outputs.Dispose();
    }
}
