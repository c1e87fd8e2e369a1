using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Rows a second and memory of ever more rows through one cursor, by a small encoder: neither should depend on how many there are.</summary>
internal static class EngineBenchmarkGrowth
{
    private const int Layers = 2, Hidden = 128, Heads = 2, Texts = 10_000, RowsBetweenLooks = 1024;

    public static void Run(EngineBenchmarkSettings settings)
    {
        EngineBenchmarkText source = settings.Texts.Count > 0 ? settings.Texts[0] : throw new ArgumentException("Growth needs texts; name them with --text FILE:COLUMN:MAXLENGTH.");
        if (settings.Vocabulary is null) throw new ArgumentException("Growth makes a small encoder of its own; name a vocab.txt with --vocabulary.");
        string[] texts = source.Read(Texts);
        string checkpoint = Directory.CreateTempSubdirectory("benchmark-").FullName;
        EngineBenchmarkModel.SaveRandom(checkpoint, settings.Vocabulary, Layers, Hidden, Heads);
        var ml = new MLContext(1);
        Console.WriteLine($"{Layers} x {Hidden}, {source.Path} over and over, at most {source.MaxLength} tokens");
        Console.WriteLine($"{"",-24}{"rows",12}{"rows/s",10}{"MiB at first",14}{"at most",10}{"at last",10}");
        foreach (ScoringPrecision precision in settings.Precisions)
        {
            using TextEncoderTransformer encoder = ml.Transforms.Text.EncodeText(checkpoint, new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector", Precision = precision, MaxLength = source.MaxLength }).Fit(Repeat(1));
            Pass(encoder, Repeat(Texts));
            foreach (int rows in settings.GrowthRows)
            {
                double before = Resident();
                long start = Stopwatch.GetTimestamp();
                double most = Pass(encoder, Repeat(rows));
                double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                Console.WriteLine(FormattableString.Invariant($"{"EncodeText " + precision,-24}{rows,12:N0}{rows / seconds,10:0}{before,14:0}{most,10:0}{Resident(),10:0}"));
            }
        }
        Console.WriteLine();
        Directory.Delete(checkpoint, recursive: true);

        IDataView Repeat(int rows) => ml.Data.LoadFromEnumerable(Endless(texts).Take(rows));
    }

    // The most memory on the way.
    private static double Pass(TextEncoderTransformer encoder, IDataView rows)
    {
        IDataView scored = encoder.Transform(rows);
        DataViewSchema.Column column = scored.Schema["Vector"];
        using DataViewRowCursor cursor = scored.GetRowCursor([column]);
        ValueGetter<VBuffer<float>> getter = cursor.GetGetter<VBuffer<float>>(column);
        VBuffer<float> vector = default;
        double most = 0;
        while (cursor.MoveNext())
        {
            getter(ref vector);
            if (cursor.Position % RowsBetweenLooks == 0) most = Math.Max(most, Resident());
        }
        return most;
    }

    private static double Resident()
    {
        using Process process = Process.GetCurrentProcess();
        return process.WorkingSet64 / (1024.0 * 1024.0);
    }

    private static IEnumerable<EngineBenchmarkRow> Endless(string[] texts)
    {
        while (true)
            foreach (string text in texts) yield return new EngineBenchmarkRow { Text = text };
    }
}
