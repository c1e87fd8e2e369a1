using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>A fresh process that loads a saved pipeline, scores rows of its column Text and prints the milliseconds of each part.</summary>
internal static class StartedProcess
{
    /// <summary>The first argument of such a process.</summary>
    public const string Name = "started-process";

    /// <summary>Does so.</summary>
    /// <param name="arguments">When the process was started, by the system's clock of <see cref="Stopwatch"/>, which all processes share; the pipeline; one that is loaded and scored before the clock runs, so that everything is compiled, or nothing.</param>
    public static int Run(string[] arguments)
    {
        long launched = long.Parse(arguments[0], CultureInfo.InvariantCulture);
        Moment last = Moment.Now;
        Print("until our code", last - new Moment(launched, TimeSpan.Zero));
        var ml = new MLContext(1);
        Part("MLContext");
        TorchRuntime.EnsureLoaded();
        Part("libtorch");
        if (arguments.Length > 2)
        {
            ITransformer small = ml.Model.Load(arguments[2], out _);
            Score(ml, small, "A small one before.");
            ((IDisposable)small).Dispose();
            Part("another model before");
        }
        Moment before = last;
        ITransformer model = ml.Model.Load(arguments[1], out _);
        Part("Model.Load");
        Score(ml, model, "The first row that is scored, of a dozen words or so.");
        Part("first row");
        Print("load and first row", last - before);
        Print("whole process", last - new Moment(launched, TimeSpan.Zero));
        Score(ml, model, "The second row that is scored, of a dozen words or so.");
        Part("second row");
        using var process = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant($"MiB resident, at most\t{process.WorkingSet64 >> 20}\t{process.PeakWorkingSet64 >> 20}"));
        return 0;

        void Part(string name)
        {
            Moment now = Moment.Now;
            Print(name, now - last);
            last = now;
        }
    }

    private static void Print(string name, (double Wall, double Processor) milliseconds) =>
        Console.WriteLine(FormattableString.Invariant($"{name}\t{milliseconds.Wall:F1}\t{milliseconds.Processor:F1}"));

    private static void Score(MLContext ml, ITransformer model, string text)
    {
        IDataView scored = model.Transform(ml.Data.LoadFromEnumerable([new Row { Text = text }]));
        DataViewSchema.Column column = scored.Schema.Last(c => c.Type is VectorDataViewType { ItemType: NumberDataViewType });
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        cursor.MoveNext();
        VBuffer<float> values = default;
        getter(ref values);
        if (values.Length == 0) throw new InvalidOperationException($"Column '{column.Name}' has no values; expected a vector.");
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }

    // The processor's time as well: other work on the machine changes it less.
    private readonly record struct Moment(long Timestamp, TimeSpan Processor)
    {
        public static Moment Now => new(Stopwatch.GetTimestamp(), Environment.CpuUsage.TotalTime);

        public static (double Wall, double Processor) operator -(Moment end, Moment start) =>
            (Stopwatch.GetElapsedTime(start.Timestamp, end.Timestamp).TotalMilliseconds, (end.Processor - start.Processor).TotalMilliseconds);
    }
}
