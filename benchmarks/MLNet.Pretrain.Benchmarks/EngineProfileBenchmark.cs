using System.Diagnostics;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Engine;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Where a layer's time goes: each part of the packed engine by itself, on one core, on as many tokens as a core gets at once.</summary>
internal static unsafe class EngineProfileBenchmark
{
    private const int Rounds = 60;

    public static void Run(int hidden, int heads, int length, int tokens)
    {
        TorchRuntime.EnsureLoaded();
        TorchAbi abi = TorchAbi.Instance ?? throw new InvalidOperationException(TorchAbi.Missing);
        set_num_threads(1);
        using var mode = inference_mode();
        Console.WriteLine($"{tokens} tokens in rows of {length}, hidden size {hidden}, {heads} heads; microseconds of a layer on one core, medians of {Rounds} rounds");
        Packed<Float32Format>(abi, "float32", hidden, heads, length, tokens);
        Packed<BFloat16Format>(abi, "bfloat16", hidden, heads, length, tokens);
        Quantized(abi, hidden, heads, length, tokens);
    }

    private static void Packed<TFormat>(TorchAbi abi, string name, int hidden, int heads, int length, int tokens) where TFormat : struct, INumberFormat
    {
        using var scope = NewDisposeScope();
        PackedLinear Linear(int inputs, int outputs) => new(abi, randn(outputs, inputs).mul(0.05).to(TFormat.Type), randn(outputs).to(TFormat.Type), inputs);
        Tensor x = randn(tokens, hidden).to(TFormat.Type), wide = randn(tokens, 4 * hidden).to(TFormat.Type), context = randn(tokens, hidden).to(TFormat.Type), projected = randn(tokens, 3 * hidden).to(TFormat.Type);
        using PackedLinear projection = Linear(hidden, 3 * hidden), attentionOutput = Linear(hidden, hidden), intermediate = Linear(hidden, 4 * hidden), output = Linear(4 * hidden, hidden);
        using var attention = new AttentionKernel();
        var norm = new RowNorm([.. Enumerable.Repeat(1f, hidden)], new float[hidden], 1e-12);
        var rows = new PlainRows<TFormat>(abi.Data(projected), 3 * hidden);
        void* to = abi.Data(context), states = abi.Data(x);
        NativeTensor X(Tensor tensor) => new(abi, tensor.Handle);
        double product = 2.0 * tokens * hidden * hidden;
        Report(name,
            ("query, key, value", 3 * product, () => projection.Apply(X(x)).Dispose()),
            ("attention", 4.0 * tokens * length * hidden, () => Attend<PlainRows<TFormat>, TFormat>(attention, rows, (IntPtr)to, heads, hidden / heads, length, tokens)),
            ("output + residual", product, () => attentionOutput.AddTo(X(x), X(context)).Dispose()),
            ("norm, twice", 0, () =>
            {
                norm.Apply<TFormat>(states, states, tokens, hidden);
                norm.Apply<TFormat>(states, states, tokens, hidden);
            }
        ),
            ("feed-forward + GELU", 4 * product, () => intermediate.Apply(X(x), Activation.Gelu).Dispose()),
            ("feed-forward output + residual", 4 * product, () => output.AddTo(X(x), X(wide)).Dispose()));
    }

    private static void Quantized(TorchAbi abi, int hidden, int heads, int length, int tokens)
    {
        using var scope = NewDisposeScope();
        QuantizedLinear Linear(int inputs, int outputs) => new(abi, randn(outputs, inputs).mul(0.05), randn(outputs));
        Tensor x = randn(tokens, hidden), wide = randn(tokens, 4 * hidden), context = randn(tokens, hidden);
        Tensor bytes = randint(0, 255, [tokens, hidden], uint8), wideBytes = randint(0, 255, [tokens, 4 * hidden], uint8);
        using QuantizedLinear projection = Linear(hidden, 3 * hidden), attentionOutput = Linear(hidden, hidden), intermediate = Linear(hidden, 4 * hidden), output = Linear(4 * hidden, hidden);
        using var attention = new AttentionKernel();
        var norm = new RowNorm([.. Enumerable.Repeat(1f, hidden)], new float[hidden], 1e-12);
        RowScale[] scales = [.. Enumerable.Repeat(new RowScale(0.01f, 1.28f), tokens)];
        NativeTensor X(Tensor tensor) => new(abi, tensor.Handle);
        using NativeTensor sums = projection.Apply(X(bytes));
        (IntPtr states, IntPtr inner, IntPtr to, IntPtr target, IntPtr wideTarget, IntPtr sumsAt) = ((IntPtr)abi.Data(x), (IntPtr)abi.Data(wide), (IntPtr)abi.Data(context), (IntPtr)abi.Data(bytes), (IntPtr)abi.Data(wideBytes), (IntPtr)sums.Data);
        fixed (RowScale* scaleAt = scales)
        {
            IntPtr scale = (IntPtr)scaleAt;
            double product = 2.0 * tokens * hidden * hidden;
            Report("8 bits",
                ("query, key, value", 3 * product, () => projection.Apply(X(bytes)).Dispose()),
                ("attention", 4.0 * tokens * length * hidden, () => Attend<DequantizedRows, Float32Format>(attention, projection.Read(new NativeTensor(abi, 0, (void*)sumsAt), (RowScale*)scale), to, heads, hidden / heads, length, tokens)),
                ("output", product, () => attentionOutput.Apply(X(bytes)).Dispose()),
                ("norm + rounding, twice", 0, () =>
                {
                    for (int i = 0; i < 2; i++)
                    {
                        for (int row = 0; row < tokens; row++)
                        {
                            float* at = (float*)states + row * hidden;
                            norm.Row<Float32Format>(at, at);
                            RowQuantizer.Quantize(at, hidden, (byte*)target + row * hidden);
                        }
                    }
                }
            ),
                ("feed-forward", 4 * product, () => intermediate.Apply(X(bytes)).Dispose()),
                ("rounding of the feed-forward layer", 0, () =>
                {
                    for (int row = 0; row < tokens; row++) RowQuantizer.Quantize((float*)inner + row * 4 * hidden, 4 * hidden, (byte*)wideTarget + row * 4 * hidden);
                }
            ),
                ("feed-forward output", 4 * product, () => output.Apply(X(wideBytes)).Dispose()));
        }
    }

    private static void Attend<TSource, TFormat>(AttentionKernel attention, TSource rows, IntPtr to, int heads, int headSize, int length, int tokens)
        where TSource : struct, IRowSource
        where TFormat : struct, INumberFormat
    {
        for (int first = 0; first < tokens; first += length)
            attention.Run<TSource, TFormat>(rows, (void*)to, new AttentionShape(first, Math.Min(length, tokens - first), heads, headSize));
    }

    private static void Report(string name, params (string Part, double Operations, Action Work)[] parts)
    {
        var times = parts.Select(_ => new List<double>()).ToArray();
        for (int round = -20; round < Rounds; round++)
        {
            for (int i = 0; i < parts.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                parts[i].Work();
                if (round >= 0) times[i].Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds);
            }
        }
        double[] medians = [.. times.Select(t => t.Order().ElementAt(t.Count / 2))];
        Console.WriteLine($"{name}: {medians.Sum():N0}");
        for (int i = 0; i < parts.Length; i++)
        {
            string rate = parts[i].Operations == 0 ? "" : FormattableString.Invariant($"{parts[i].Operations / medians[i] / 1e3,8:F0} Gop/s");
            Console.WriteLine(FormattableString.Invariant($"  {parts[i].Part,-36} {medians[i],8:N0} {medians[i] / medians.Sum(),6:P0} {rate}"));
        }
    }
}
