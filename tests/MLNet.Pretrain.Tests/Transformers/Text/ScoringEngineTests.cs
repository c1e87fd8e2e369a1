using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks.Engine;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Transformers.Text;

/// <summary>The engines behind a pipeline: what a user sees of them is the precision.</summary>
public sealed class ScoringEngineTests
{
    [PackedEngineFact(needsAll: true)]
    public void Every_precision_gives_the_vectors_of_float32()
    {
        float[][] exact = Vectors(new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector" }, out string? engine);
        engine.Should().Be("packed, float32");
        foreach ((ScoringPrecision precision, string expected, double least) in new[] { (ScoringPrecision.BFloat16, "packed, bfloat16", 0.9995), (ScoringPrecision.Int8, "packed, 8-bit products", 0.999) })
        {
            float[][] found = Vectors(new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector", Precision = precision }, out engine);
            engine.Should().Be(expected);
            for (int i = 0; i < exact.Length; i++) Cosine(exact[i], found[i]).Should().BeGreaterThan(least, $"{precision}, row {i}");
        }
    }

    [Fact]
    public void Without_the_packed_engine_results_are_the_same_and_the_log_says_why()
    {
        foreach (ScoringPrecision precision in (ScoringPrecision[])[ScoringPrecision.Float32, ScoringPrecision.Int8])
        {
            var lines = new List<string>();
            var options = new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector", Precision = precision };
            float[][] usual = Vectors(options, out _), plain;
            AppContext.SetSwitch(EngineSwitch.Name, true);
            try
            {
                plain = Vectors(options, out _, lines);
            }
            finally
            {
                AppContext.SetSwitch(EngineSwitch.Name, false);
            }
            lines.Should().Contain(line => line.Contains($"engine: plain, because the switch {EngineSwitch.Name} is set", StringComparison.Ordinal));
            for (int i = 0; i < plain.Length; i++)
            {
                if (precision == ScoringPrecision.Float32) usual[i].Should().Equal(plain[i], (a, b) => Math.Abs(a - b) < 1e-5);
                else Cosine(usual[i], plain[i]).Should().BeGreaterThan(0.999);
            }
        }
    }

    [Fact]
    public void Sixty_four_threads_that_score_one_model_get_their_rows_right()
    {
        var context = new MLContext(seed: 1);
        using TextEncoderTransformer encoder = Fit(context, new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector", MaxParallelForwards = 3 });
        TinyTexts.Row[] rows = [.. TinyTexts.Rows()];
        float[][] expected = [.. encoder.Transform(TinyTexts.View(context)).GetColumn<float[]>("Vector")];
        int wrong = 0;
        Thread[] threads = [.. Enumerable.Range(0, 64).Select(number => new Thread(() =>
        {
            var ml = new MLContext(number);
            // Another order in each thread, so that windows differ.
            int[] order = [.. Enumerable.Range(0, rows.Length).OrderBy(i => (i * 7919 + number * 104729) % 1009)];
            float[][] found = [.. encoder.Transform(ml.Data.LoadFromEnumerable(order.Select(i => rows[i]))).GetColumn<float[]>("Vector")];
            for (int i = 0; i < order.Length; i++)
                if (!found[i].AsSpan().SequenceEqual(expected[order[i]]) && Cosine(found[i], expected[order[i]]) < 1 - 1e-6) Interlocked.Increment(ref wrong);
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        wrong.Should().Be(0);
    }

    [Fact]
    public void Eight_bits_are_refused_where_there_is_no_encoder()
    {
        Action act = () => RandomClassifier.Cnn("a fine film", options: new() { InputColumnName = "Text", Precision = ScoringPrecision.Int8 });
        act.Should().Throw<ArgumentException>().WithMessage("Precision is Int8, but the network (TextCnn) has no BERT-like encoder*");
    }

    private static float[][] Vectors(TextEncodingOptions options, out string? engine, List<string>? log = null)
    {
        var ml = new MLContext(seed: 1);
        if (log is not null) ml.Log += (_, e) => log.Add(e.Message);
        using TextEncoderTransformer encoder = Fit(ml, options);
        float[][] vectors = [.. encoder.Transform(TinyTexts.View(ml)).GetColumn<float[]>("Vector")];
        engine = encoder.Runner.Engine;
        return vectors;
    }

    private static TextEncoderTransformer Fit(MLContext ml, TextEncodingOptions options) => ml.Transforms.Text.EncodeText(TinyTexts.Encoder with { HiddenSize = 64 }, options).Fit(TinyTexts.View(ml));

    private static double Cosine(float[] a, float[] b)
    {
        double dot = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Length; i++) (dot, aa, bb) = (dot + a[i] * b[i], aa + a[i] * a[i], bb + b[i] * b[i]);
        return dot / Math.Sqrt(aa * bb);
    }
}
