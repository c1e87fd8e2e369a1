using System.Diagnostics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Texts in, vectors out: EncodeText beside Microsoft.ML.Tokenizers and ONNX Runtime on batches in file order, padded to the longest of each.</summary>
internal static class EngineBenchmarkTexts
{
    private const int PeerBatch = 32, TrialRows = 64;

    public static void Run(EngineBenchmarkModel model, EngineBenchmarkText source, EngineBenchmarkSettings settings)
    {
        string[] texts = source.Read(settings.Rows);
        int[] lengths = [.. EngineBenchmarkWords.Encode(model.Checkpoint, texts, source.MaxLength).Select(ids => ids.Length)];
        var ml = new MLContext(1);
        IDataView all = View(texts), some = View(texts[..Math.Min(TrialRows, texts.Length)]);
        string file = Path.GetTempFileName();
        double theirTokens = model.Peers[0].First([.. Work(TrialRows), file])[1];
        float[] theirs = [.. MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file))];
        File.Delete(file);
        List<EngineBenchmarkContestant> contestants = [.. model.Peers.Select(p => p.At(Work(TrialRows), Work(texts.Length)))];
        var encoders = new List<TextEncoderTransformer>();
        foreach (ScoringPrecision precision in settings.Precisions)
        {
            TextEncoderTransformer encoder = model.Fit(ml, all, precision, source.MaxLength);
            encoders.Add(encoder);
            contestants.Add(new($"EncodeText {precision}", false, () => Vectors(encoder, some).Count(), () =>
            {
                long start = Stopwatch.GetTimestamp();
                int count = Vectors(encoder, all).Count();
                return count == texts.Length ? [Stopwatch.GetElapsedTime(start).TotalMilliseconds] : throw new InvalidOperationException($"{count} vectors came of {texts.Length} texts.");
            }));
        }
        float[][] ours = [.. Vectors(encoders[0], some)];
        int equal = ours.Index().Count(v => TensorPrimitives.CosineSimilarity(v.Item, theirs.AsSpan(v.Index * v.Item.Length, v.Item.Length)) > 0.999f);
        Console.WriteLine($"{Path.GetFileName(source.Path)}, first {ours.Length} texts: {lengths.Take(ours.Length).Sum():N0} tokens, BertTokenizer's {theirTokens:N0}; vectors of {encoders[0].Options.Precision} and of ONNX Runtime float32 have a cosine over 0.999 on {equal}");

        double gop = model.Gop(lengths);
        EngineBenchmarkTurns.Run($"{model.Name}, {texts.Length:N0} texts of {source.Path} to vectors, {lengths.Average():0.0} tokens each, at most {source.MaxLength}", $"{"rows/s",10}{"Gop/s",9}",
            m => FormattableString.Invariant($"{texts.Length / m[0] * 1000,10:0.0}{gop / m[0] * 1000,9:0}"), settings.Rounds, contestants);
        foreach (TextEncoderTransformer encoder in encoders) encoder.Dispose();

        IDataView View(string[] rows) => ml.Data.LoadFromEnumerable(rows.Select(t => new EngineBenchmarkRow { Text = t }));
        object[] Work(int rows) => ["text", Path.GetFullPath(source.Path), source.Column, rows, PeerBatch, source.MaxLength, model.Vocabulary];
    }

    private static IEnumerable<float[]> Vectors(TextEncoderTransformer encoder, IDataView rows) => encoder.Transform(rows).GetColumn<float[]>("Vector");
}
