using MLNet.Pretrain.Networks.Text;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>
/// How many rows a forward pass may have under <see cref="TrainingOptions.MemoryLimit"/>. It follows from shapes, rows and options alone, not from what is free at the moment, so that a run
/// which is resumed divides its batches as before.
/// </summary>
internal sealed class MemoryBudget
{
    // What does not depend on the network: buffers of libtorch and oneDNN, code for new shapes, the next batches.
    private const double Working = 16e6;

    private readonly ITrainingTask _task;
    private readonly IReadOnlyList<IActivationMemory> _networks;
    private readonly ActivationConditions _conditions;
    private readonly double _limit, _fixed;

    private MemoryBudget(ITrainingTask task, TrainingOptions options, Device device, string owner)
    {
        (_task, _limit) = (task, options.MemoryLimit!.Value);
        _networks = task.Network.PartsOf<IActivationMemory>();
        if (_networks.Count == 0) throw new ArgumentException($"{owner}: MemoryLimit is {options.MemoryLimit}, but how much memory this network takes is not known; expected null. Lower BatchSize and raise GradientAccumulationSteps instead.");
        bool half = options.Precision == TrainingPrecision.BFloat16;
        _conditions = new(half ? ScalarType.BFloat16 : ScalarType.Float32, device.type == TorchSharp.DeviceType.CPU, options.GradientCheckpointing, options.FrozenLayers ?? 0);
        double largest = 0;
        foreach ((string name, Parameter parameter) in task.Network.named_parameters())
        {
            double numbers = parameter.numel();
            bool learns = parameter.requires_grad && !(task.LayerOf(name) <= options.FrozenLayers);
            // The weight and, in 32 bits, what it is exactly; where it learns, its gradient, two means and perhaps one of the weight.
            _fixed += numbers * (_conditions.Size + (half ? 4 : 0) + (learns ? _conditions.Size + 8 + (options.AveragedFraction > 0 ? 4 : 0) : 0));
            if (!learns) continue;
            largest = Math.Max(largest, numbers * _conditions.Size);
            if (half) _fixed += numbers * 4;   // sums of gradients, and later the optimizer's
            if (options.FindLearningRate) _fixed += numbers * _conditions.Size;   // the weights before it
        }
        _fixed += Working + largest;   // the largest is added to what an earlier batch of the step left
    }

    /// <summary>The budget of a run; null where it has no limit.</summary>
    /// <param name="task">What is trained.</param>
    /// <param name="rows">Rows to learn from, one at least.</param>
    /// <param name="options">With a precision that is settled.</param>
    /// <param name="device">Where.</param>
    /// <param name="context">For messages and the log.</param>
    /// <exception cref="ArgumentException">What is computed at once at least does not fit.</exception>
    public static MemoryBudget? Of(ITrainingTask task, TokenRows rows, TrainingOptions options, Device device, TrainingContext context)
    {
        if (options.MemoryLimit is null) return null;
        var budget = new MemoryBudget(task, options, device, context.Owner);
        budget.Check(rows, options, context);
        return budget;
    }

    /// <summary>Divides a batch, whose longest row comes first, into parts that fit; the same parts every time.</summary>
    public IEnumerable<long[]> Divide(TokenStore store, long[] batch)
    {
        if (_task.ComparesRows)
        {
            yield return batch;
            yield break;
        }
        for (int first = 0; first < batch.Length;)
        {
            int count = Fitting(store, batch.AsSpan(first));
            yield return batch[first..(first + count)];
            first += count;
        }
    }

    // The most rows from the first one on, one at least.
    private int Fitting(TokenStore store, ReadOnlySpan<long> rows)
    {
        (int fits, int exceeds) = (1, rows.Length + 1);
        while (exceeds - fits > 1)
        {
            int middle = (fits + exceeds) / 2;
            if (Bytes(store, rows[..middle]) <= _limit) fits = middle;
            else exceeds = middle;
        }
        return fits;
    }

    private double Bytes(TokenStore store, ReadOnlySpan<long> rows) => Bytes(_task.Passes(store, rows), _conditions);

    private double Bytes(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions) =>
        _fixed + _task.BytesBeside(passes, conditions) + passes.Sum(pass => _networks.Sum(network => network.ActivationBytes(pass.Rows, pass.Length, conditions)));

    private void Check(TokenRows rows, TrainingOptions options, TrainingContext context)
    {
        TokenStore store = rows.Store;
        long longest = rows[0];
        for (long i = 1; i < rows.Count; i++)
            if (store.Length(rows[i]) > store.Length(longest)) longest = rows[i];
        int length = store.Length(longest);
        int most = (int)Math.Min(options.MaxTokensPerBatch is { } tokens ? Math.Clamp(tokens / length, 1, options.BatchSize) : options.BatchSize, rows.Count);
        IReadOnlyList<(long Rows, long Length)> least = _task.ComparesRows ? Worst(rows, most) : _task.Passes(store, [longest]);
        double needed = Bytes(least, _conditions);
        if (needed <= _limit)
        {
            long[] batch = [.. Enumerable.Repeat(longest, most)];
            int atOnce = _task.ComparesRows ? most : Fitting(store, batch);
            context.Log?.Invoke(FormattableString.Invariant($"MemoryLimit of {Megabytes(_limit)}: about {Megabytes(_fixed)} are weights, gradients and the optimizer's; {atOnce} of {most} rows of the longest {length} tokens are computed at once, in about {Megabytes((_task.ComparesRows ? needed : Bytes(store, batch.AsSpan(0, atOnce))) - _fixed)}."));
            return;
        }
        string what = _task.ComparesRows ? $"a batch of {most} rows of {length} tokens, which is not divided, for its rows are told from each other" : $"one row of {length} tokens";
        double cheaper = Bytes(least, _conditions with { Recomputes = true });
        string advice = cheaper < needed && _networks.OfType<IRecomputing>().Any() ? FormattableString.Invariant($"Set GradientCheckpointing, with which it is {Megabytes(cheaper)}; or ") : "";
        throw new ArgumentException(FormattableString.Invariant($"{context.Owner}: MemoryLimit is {Megabytes(_limit)}, but training takes about {Megabytes(needed)} for {what}: {Megabytes(_fixed)} for weights, gradients and the optimizer, and {Megabytes(needed - _fixed)} for a forward and backward pass. Expected that much at least. {advice}{(advice == "" ? "S" : "s")}horten rows (MaxLength){(_task.ComparesRows ? ", lower BatchSize" : "")}, or raise MemoryLimit."));
    }

    // Of a batch of so many rows whose every part is the longest that any row has.
    private IReadOnlyList<(long Rows, long Length)> Worst(TokenRows rows, int most)
    {
        var worst = new List<(long Rows, long Length)>();
        for (long i = 0; i < rows.Count; i++)
        {
            foreach ((int part, (long count, long length)) in _task.Passes(rows.Store, [rows[i]]).Index())
            {
                if (part == worst.Count) worst.Add(default);
                worst[part] = (Math.Max(worst[part].Rows, most * count), Math.Max(worst[part].Length, length));
            }
        }
        return worst;
    }

    private static string Megabytes(double bytes) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{bytes / 1e6:#,0.###} MB");
}
