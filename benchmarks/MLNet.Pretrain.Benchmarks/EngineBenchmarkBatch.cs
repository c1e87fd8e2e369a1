using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Scoring;
using MLNet.Pretrain.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Tokens through the network, full batches without padding. Ours pools besides; ONNX Runtime's mask is ones.</summary>
internal static class EngineBenchmarkBatch
{
    private const int Rows = 32, Tokens = 128;

    public static void Run(EngineBenchmarkModel model, EngineBenchmarkSettings settings)
    {
        string[] texts = EngineBenchmarkWords.Texts(model.Vocabulary, Rows, Tokens);
        int[] ids = [.. EngineBenchmarkWords.Encode(model.Checkpoint, texts, Tokens).SelectMany(row => row)];
        if (ids.Length != Rows * Tokens) throw new InvalidOperationException($"The vocabulary's own words came to {ids.Length} tokens; expected {Rows} x {Tokens}.");
        string folder = Directory.CreateTempSubdirectory("benchmark-").FullName, idFile = Path.Combine(folder, "ids"), hiddenFile = Path.Combine(folder, "hidden");
        File.WriteAllBytes(idFile, MemoryMarshal.AsBytes(ids.AsSpan()));
        float[] expected = PlainNetwork(model, ids);
        object[] work = ["batch", Rows, Tokens, 1, idFile];
        List<EngineBenchmarkContestant> contestants = [.. model.Peers.Select(p => p.At(work, work))];
        foreach (string name in model.Peers.SelectMany(p => p.Each([.. work, hiddenFile])))
            Agreement(name, expected, MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(hiddenFile)), "last hidden states");

        var ml = new MLContext(1);
        IDataView view = ml.Data.LoadFromEnumerable(texts.Select(t => new EngineBenchmarkRow { Text = t }));
        var opened = new List<IDisposable>();
        float[] means = Means(expected);
        foreach (ScoringPrecision precision in settings.Precisions)
        {
            TextEncoderTransformer encoder = model.Fit(ml, view, precision, Tokens, Rows * Tokens);
            DataViewRowCursor cursor = view.GetRowCursor(view.Schema);
            IWindow window = new TextEncoderMapper(encoder, view.Schema).Open(cursor, Rows, _ => true);
            opened.AddRange([window, cursor, encoder]);
            for (int row = 0; row < Rows && cursor.MoveNext(); row++) window.Read(row);
            window.Compute(Rows);
            Agreement($"EncodeText {precision}", means, Vectors(window), "mean vectors");
            contestants.Add(new($"EncodeText {precision}", false, () => window.Compute(Rows), () =>
            {
                long start = Stopwatch.GetTimestamp();
                window.Compute(Rows);
                return [Stopwatch.GetElapsedTime(start).TotalMilliseconds];
            }));
        }
        double gop = model.Gop(Enumerable.Repeat(Tokens, Rows));
        EngineBenchmarkTurns.Run($"{model.Name}, {Rows} x {Tokens} tokens through the network", $"{"rows/s",10}{"Gop/s",9}", m => FormattableString.Invariant($"{Rows / m[0] * 1000,10:0.0}{gop / m[0] * 1000,9:0}"), settings.Rounds, contestants);
        foreach (IDisposable resource in opened) resource.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    // [B, T, H]
    private static float[] PlainNetwork(EngineBenchmarkModel model, int[] ids)
    {
        using TextModel<TextEncoder> loaded = TextModel.LoadEncoder(model.Checkpoint);
        using var scope = NewDisposeScope();
        using var inference = inference_mode();
        loaded.Network.eval();
        return loaded.Network.forward(tensor(ids, int64).view(Rows, Tokens), null, null).data<float>().ToArray();
    }

    // [B, T, H] -> [B, H]
    private static float[] Means(float[] hidden)
    {
        using var scope = NewDisposeScope();
        return tensor(hidden).view(Rows, Tokens, -1).mean([1]).data<float>().ToArray();
    }

    private static float[] Vectors(IWindow window)
    {
        int slot = 0;
        var getter = (ValueGetter<VBuffer<float>>)window.GetGetter(0, () => slot);
        var vectors = new List<float>();
        VBuffer<float> vector = default;
        for (; slot < Rows; slot++)
        {
            getter(ref vector);
            vectors.AddRange(vector.DenseValues());
        }
        return [.. vectors];
    }

    private static void Agreement(string name, float[] expected, ReadOnlySpan<float> actual, string what) =>
        Console.WriteLine(FormattableString.Invariant($"{name,-34}cosine to our plain float32 network {System.Numerics.Tensors.TensorPrimitives.CosineSimilarity(expected, actual):0.0000000}, {what}"));
}
