using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>What a fitted candidate costs: bytes when saved, time for a single row, rows a second.</summary>
internal static class CostMeter
{
    // Rows that warm up code paths and native pools before time counts.
    private const int WarmupRows = 20;

    /// <summary>Size of the model as <c>MLContext.Model.Save</c> writes it, or why it cannot be saved.</summary>
    public static (long? Bytes, string? Error) SavedSize(ITransformer model, DataViewSchema schema)
    {
        string path = Path.GetTempFileName();
        try
        {
            new MLContext().Model.Save(model, schema, path);
            return (new FileInfo(path).Length, null);
        }
        catch (Exception e) when (e is not (IOException or OutOfMemoryException))
        {
            // A candidate with custom code may be unsaveable and still worth comparing; the report says so.
            return (null, e.Message);
        }
        finally
        {
            File.Delete(path);
        }
    }

    /// <summary>Scores a few rows in one pass, so that a clock does not see code being loaded, nor weights being placed.</summary>
    public static void Warm(ITransformer model, IDataView test, string predictedColumn, long testRows)
    {
        IDataView scored = model.Transform(new SubsetView(test, [.. Enumerable.Range(0, (int)Math.Min(testRows, WarmupRows)).Select(row => (long)row)]));
        using DataViewRowCursor cursor = scored.GetRowCursor([scored.Schema[predictedColumn]]);
        Func<string?> answer = ClassColumn.Reader(cursor, scored.Schema[predictedColumn]);
        while (cursor.MoveNext()) answer();
    }

    /// <summary>Times single rows through the row mapper.</summary>
    public static LatencyPercentiles? Latency(ITransformer model, IDataView test, string predictedColumn, int rows)
    {
        if (rows == 0 || !model.IsRowToRowMapper) return null;
        IRowToRowMapper mapper = model.GetRowToRowMapper(test.Schema);
        DataViewSchema.Column predicted = mapper.OutputSchema[predictedColumn];
        using DataViewRowCursor cursor = test.GetRowCursor(mapper.GetDependencies([predicted]));
        using DataViewRow row = mapper.GetRow(cursor, [predicted]);
        Func<string?> answer = ClassColumn.Reader(row, predicted);
        var times = new List<long>(rows);
        for (int i = 0; i < rows + WarmupRows && cursor.MoveNext(); i++)
        {
            long start = Stopwatch.GetTimestamp();
            answer();
            if (i >= WarmupRows) times.Add(Stopwatch.GetTimestamp() - start);
        }
        if (times.Count == 0) return null;
        times.Sort();
        return new(At(0.5), At(0.95), At(0.99));

        TimeSpan At(double part) => Stopwatch.GetElapsedTime(0, times[(int)Math.Ceiling(part * times.Count) - 1]);
    }

    /// <summary>Runs an action and gives its time, its result, and how far resident memory rose above its level before.</summary>
    public static (T Result, long AddedBytes) WithPeakMemory<T>(Func<T> action)
    {
        GC.Collect();
        long before = Environment.WorkingSet, peak = before;
        // Sampled, because only Linux lets a process reset its own high-water mark.
        using var timer = new Timer(_ => InterlockedMax(ref peak, Environment.WorkingSet), null, TimeSpan.Zero, TimeSpan.FromMilliseconds(20));
        T result = action();
        InterlockedMax(ref peak, Environment.WorkingSet);
        return (result, Volatile.Read(ref peak) - before);
    }

    private static void InterlockedMax(ref long target, long value)
    {
        long seen = Volatile.Read(ref target);
        while (value > seen)
        {
            long found = Interlocked.CompareExchange(ref target, value, seen);
            if (found == seen) return;
            seen = found;
        }
    }
}
