using System.Numerics.Tensors;
using Microsoft.ML;

namespace MLNet.Pretrain.Text;

/// <summary>Learns from rows what a pooling needs to know of them: how many texts have a word, how frequent it is, which direction all texts share.</summary>
internal static class PoolingStatistics
{
    /// <exception cref="InvalidOperationException">The pooling weighs words, and there are no rows.</exception>
    public static WordPooler Learn(string owner, IDataView data, DataViewSchema.Column column, WordSplitter splitter, WordVectors vectors, WordVectorOptions options, Action checkCancellation)
    {
        var reader = new CorpusReader(splitter, checkCancellation);
        return options.Pooling switch
        {
            WordVectorPooling.TfIdf => InverseDocumentFrequency(owner, reader, data, column, vectors),
            WordVectorPooling.SmoothInverseFrequency => SmoothInverseFrequency(owner, reader, data, column, vectors, options.SmoothingWeight),
            var other => new WordPooler(vectors, other),
        };
    }

    private static WordPooler InverseDocumentFrequency(string owner, CorpusReader reader, IDataView data, DataViewSchema.Column column, WordVectors vectors)
    {
        long[] texts = new long[vectors.Count], lastSeen = new long[vectors.Count];
        long rows = 0;
        reader.Read(data, column, (words, endsRow) =>
        {
            for (int i = 0; i < words.Count; i++)
            {
                int word = vectors.Find(words[i]);
                if (word < 0 || lastSeen[word] == rows + 1) continue;
                lastSeen[word] = rows + 1;
                texts[word]++;
            }
            if (endsRow) rows++;
        });
        CheckRows(owner, rows, column);
        float Weight(long seenIn) => (float)(Math.Log((1.0 + rows) / (1 + seenIn)) + 1);   // scikit-learn's smoothed idf
        return new WordPooler(vectors, WordVectorPooling.TfIdf, [.. texts.Select(Weight)], Weight(0));
    }

    private static WordPooler SmoothInverseFrequency(string owner, CorpusReader reader, IDataView data, DataViewSchema.Column column, WordVectors vectors, double smoothing)
    {
        long[] counts = new long[vectors.Count];
        long total = 0, rows = 0;
        reader.Read(data, column, (words, endsRow) =>
        {
            if (endsRow) rows++;
            for (int i = 0; i < words.Count; i++)
            {
                int word = vectors.Find(words[i]);
                if (word < 0) continue;
                counts[word]++;
                total++;
            }
        });
        CheckRows(owner, rows, column);
        var pooler = new WordPooler(vectors, WordVectorPooling.SmoothInverseFrequency, [.. counts.Select(count => (float)(smoothing / (smoothing + (double)count / Math.Max(total, 1))))]);
        return pooler with { CommonDirection = CommonDirection(reader, data, column, pooler) };
    }

    private static void CheckRows(string owner, long rows, DataViewSchema.Column column)
    {
        if (rows == 0) throw new InvalidOperationException($"{owner}: there are no training rows; expected at least one text in column '{column.Name}', by which the pooling weighs words. Pool by Mean where there is none.");
    }

    // The first right singular vector of the matrix of all texts' vectors, by power iteration on its second moments: memory of size squared, whatever the rows.
    private static float[]? CommonDirection(CorpusReader reader, IDataView data, DataViewSchema.Column column, WordPooler pooler)
    {
        const int MaxIterations = 1000;
        const double Converged = 1e-10;
        int size = pooler.Vectors.VectorSize;
        double[] moments = new double[size * size];
        double[] vector = new double[size];
        float[] text = new float[size];
        reader.Read(data, column, (words, _) =>
        {
            if (words.Count == 0) return;
            pooler.Pool(words, text);
            TensorPrimitives.ConvertChecked<float, double>(text, vector);
            for (int i = 0; i < size; i++)
            {
                Span<double> row = moments.AsSpan(i * size, size);
                TensorPrimitives.MultiplyAdd(vector, vector[i], row, row);
            }
        });
        double[] direction = new double[size], next = new double[size];
        // Random, for any regular beginning is at right angles to what is sought for some data, and stays so.
        var random = new FastRandom(1);
        for (int i = 0; i < size; i++) direction[i] = random.NextSingle() - 0.5;
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            for (int i = 0; i < size; i++) next[i] = TensorPrimitives.Dot<double>(moments.AsSpan(i * size, size), direction);
            double norm = TensorPrimitives.Norm<double>(next);
            if (norm == 0) return null;
            TensorPrimitives.Divide(next, norm, next);
            double moved = TensorPrimitives.Distance<double>(direction, next);
            (direction, next) = (next, direction);
            if (moved < Converged) break;
        }
        return [.. direction.Select(value => (float)value)];
    }
}
