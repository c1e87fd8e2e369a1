using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>Brings a teacher's vectors to a student's width: their products with the principal components of those of the training rows, as sentence-transformers does it.</summary>
internal sealed class VectorReduction : IDisposable
{
    private const int BlockRows = 1024;
    private const long MostRows = 1 << 16;

    private readonly Tensor _components;   // [student's width, teacher's width]

    private VectorReduction(Tensor components, double kept) => (_components, Kept) = (components, kept);

    /// <summary>The part of the variance that is left, in [0, 1].</summary>
    public double Kept { get; }

    /// <summary>Finds the components, of 65,536 rows where there are more.</summary>
    /// <param name="vectors">Of the training rows.</param>
    /// <param name="width">The student's.</param>
    public static VectorReduction Of(TeacherAnswers vectors, int width)
    {
        long[] rows = [.. Sample(vectors.Count)];
        using DisposeScope scope = NewDisposeScope();
        (Tensor components, double[] variances) = PrincipalComponents.Of(rows.Chunk(BlockRows).Select(vectors.Read), width);
        double all = variances.Sum();
        return new(components.DetachFromDisposeScope(), all > 0 ? variances.Take(width).Sum() / all : 1);
    }

    /// <summary>The reduced vectors, in a file of their own.</summary>
    public TeacherAnswers Apply(TeacherAnswers vectors)
    {
        using var writer = new TeacherAnswers.Writer((int)_components.shape[0], AnswerKind.Vectors);
        for (long first = 0; first < vectors.Count; first += BlockRows)
        {
            using DisposeScope scope = NewDisposeScope();
            long[] rows = [.. Enumerable.Range(0, (int)Math.Min(BlockRows, vectors.Count - first)).Select(i => first + i)];
            ReadOnlySpan<float> reduced = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(matmul(vectors.Read(rows), _components.t()).contiguous().bytes);
            for (int row = 0; row < rows.Length; row++) writer.Append(reduced.Slice(row * (int)_components.shape[0], (int)_components.shape[0]));
        }
        return writer.Complete();
    }

    public void Dispose() => _components.Dispose();

    // Evenly over all rows.
    private static IEnumerable<long> Sample(long count)
    {
        long wanted = Math.Min(count, MostRows);
        for (long i = 0; i < wanted; i++) yield return (long)((Int128)i * count / wanted);
    }
}
