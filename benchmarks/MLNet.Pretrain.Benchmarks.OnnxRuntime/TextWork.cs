using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Benchmarks.OnnxRuntime;

/// <summary>Texts to mean vectors as people write it first: batches in file order, padded to the longest row of each.</summary>
internal static class TextWork
{
    private static readonly Dictionary<TextSource, string[]> s_texts = [];
    private static readonly Dictionary<string, BertTokenizer> s_tokenizers = new(StringComparer.Ordinal);

    /// <summary>Tokenization, network, pooling; reading the file is not timed.</summary>
    /// <returns>Milliseconds and tokens.</returns>
    public static double[] Run(OnnxEncoder encoder, TextSource source, int batchSize, int maxLength, string vocabulary, string? output)
    {
        if (!s_texts.TryGetValue(source, out string[]? texts)) s_texts[source] = texts = source.Read();
        if (!s_tokenizers.TryGetValue(vocabulary, out BertTokenizer? tokenizer)) s_tokenizers[vocabulary] = tokenizer = BertTokenizer.Create(vocabulary);
        var vectors = new List<float[]>(texts.Length);
        long tokens = 0, start = Stopwatch.GetTimestamp();
        foreach (string[] batch in texts.Chunk(batchSize)) tokens += Encode(encoder, tokenizer, batch, maxLength, vectors);
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        if (output is not null) Write(output, vectors);
        return [milliseconds, tokens];
    }

    private static long Encode(OnnxEncoder encoder, BertTokenizer tokenizer, string[] texts, int maxLength, List<float[]> vectors)
    {
        IReadOnlyList<int>[] encoded = [.. texts.Select(text => tokenizer.EncodeToIds(text, maxLength, out _, out _))];
        int rows = texts.Length, length = encoded.Max(ids => ids.Count);
        long[] input = new long[rows * length], mask = new long[rows * length];
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0; i < encoded[row].Count; i++) input[row * length + i] = encoded[row][i];
            mask.AsSpan(row * length, encoded[row].Count).Fill(1);
        }
        encoder.Run(input, mask, new long[rows * length], rows, length, hidden =>
        {
            int size = hidden.Length / (rows * length);
            for (int row = 0; row < rows; row++) vectors.Add(Mean(hidden.Slice(row * length * size, encoded[row].Count * size), size));
        });
        return encoded.Sum(ids => (long)ids.Count);
    }

    // tokens: [T, size]
    private static float[] Mean(ReadOnlySpan<float> tokens, int size)
    {
        var mean = new float[size];
        for (int start = 0; start < tokens.Length; start += size) TensorPrimitives.Add(mean, tokens.Slice(start, size), mean);
        TensorPrimitives.Divide(mean, tokens.Length / size, mean);
        return mean;
    }

    private static void Write(string path, List<float[]> vectors)
    {
        using FileStream file = File.Create(path);
        foreach (float[] vector in vectors) file.Write(MemoryMarshal.AsBytes(vector.AsSpan()));
    }
}
