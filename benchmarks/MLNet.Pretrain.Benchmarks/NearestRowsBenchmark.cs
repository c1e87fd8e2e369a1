using System.Numerics.Tensors;
using MLNet.Pretrain.Search;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>The exact search of FindNearest on one thread against all cosines by TensorPrimitives.</summary>
internal static class NearestRowsBenchmark
{
    private const int Queries = 20, Count = 10;

    /// <param name="rows">Of the index.</param>
    /// <param name="size">Components of a vector.</param>
    /// <param name="common">What is added to every component: sentence vectors lie about a common direction, which makes bounds less sharp.</param>
    public static void Run(int rows, int size, float common)
    {
        var random = new Random(1);
        float[] values = new float[rows * size];
        for (int i = 0; i < values.Length; i++) values[i] = (random.NextSingle() + random.NextSingle() + random.NextSingle()) - 1.5f + common;
        float[][] queries = [.. Enumerable.Range(0, Queries).Select(_ => Enumerable.Range(0, size).Select(_ => random.NextSingle() - 0.5f + common).ToArray())];
        var search = new NearestRows(values, size);
        float[] lengths = [.. Enumerable.Range(0, rows).Select(row => TensorPrimitives.Norm(values.AsSpan(row * size, size)))];
        float[] scores = new float[rows];
        SideBySide.Run("queries", Queries, 5, ("NearestRows", () =>
        {
            foreach (float[] query in queries) search.Find(query, Count, rows, []);
        }
        ), ("every cosine in full", () =>
        {
            foreach (float[] query in queries)
            {
                for (int row = 0; row < rows; row++) scores[row] = TensorPrimitives.Dot(query, values.AsSpan(row * size, size)) / lengths[row];
                var nearest = new PriorityQueue<int, float>();
                for (int row = 0; row < rows; row++)
                    if (nearest.Count < Count) nearest.Enqueue(row, scores[row]);
                    else nearest.EnqueueDequeue(row, scores[row]);
            }
        }
        ));
    }
}
