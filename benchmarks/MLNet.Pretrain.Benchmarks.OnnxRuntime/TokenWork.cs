using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Benchmarks.OnnxRuntime;

/// <summary>Tokens through the network alone.</summary>
internal static class TokenWork
{
    // Ids that are whole words or pieces in every BERT vocabulary.
    private const int FirstId = 1000, LastId = 8000;

    /// <summary>Full batches without padding: milliseconds of each round.</summary>
    public static double[] Batch(OnnxEncoder encoder, int rows, int length, int rounds, string? idFile, string? output)
    {
        long[] ids = idFile is null ? RandomIds(rows * length) : [.. MemoryMarshal.Cast<byte, int>(File.ReadAllBytes(idFile)).ToArray()];
        if (ids.Length != rows * length) throw new ArgumentException($"'{idFile}' has {ids.Length} ids; expected {rows} x {length}.");
        var times = new double[rounds];
        for (int round = 0; round < rounds; round++) times[round] = Milliseconds(encoder, ids, rows, length, _ => { });
        if (output is not null) Milliseconds(encoder, ids, rows, length, hidden => File.WriteAllBytes(output, MemoryMarshal.AsBytes(hidden)));
        return times;
    }

    /// <summary>One row at a time: median, 95th and 99th percentile.</summary>
    public static double[] Latency(OnnxEncoder encoder, int length, int runs)
    {
        long[] ids = RandomIds(length);
        var times = new double[runs];
        for (int run = 0; run < runs; run++) times[run] = Milliseconds(encoder, ids, 1, length, _ => { });
        Array.Sort(times);
        return [At(0.5), At(0.95), At(0.99)];

        double At(double part) => times[(int)(part * (runs - 1))];
    }

    private static double Milliseconds(OnnxEncoder encoder, long[] ids, int rows, int length, OnnxEncoder.OutputReader read)
    {
        var mask = new long[ids.Length];
        Array.Fill(mask, 1);
        var types = new long[ids.Length];
        long start = Stopwatch.GetTimestamp();
        encoder.Run(ids, mask, types, rows, length, read);
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static long[] RandomIds(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ => (long)random.Next(FirstId, LastId))];
    }
}
