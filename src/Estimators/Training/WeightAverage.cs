using MLNet.Pretrain.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>The mean of what learns over the last steps of a run (Izmailov et al. 2018): a running mean in 32 bits, one more set of weights in memory.</summary>
internal sealed class WeightAverage : IDisposable
{
    private const string Prefix = "average.";

    private readonly Dictionary<string, Tensor> _means = [];
    private readonly long _firstStep;

    /// <param name="fraction">See <see cref="TrainingOptions.AveragedFraction"/>.</param>
    /// <param name="totalSteps">Of the run; at least the last one counts.</param>
    public WeightAverage(double fraction, long totalSteps) => _firstStep = Math.Min(totalSteps, totalSteps - (long)Math.Round(totalSteps * fraction) + 1);

    /// <summary>How many steps it is the mean of.</summary>
    public long Count { get; private set; }

    /// <summary>What a checkpoint holds of it: nothing before the first counted step.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State => _means.Select(m => (Prefix + m.Key, m.Value));

    /// <summary>Counts a step's weights in, where it is one of the last.</summary>
    /// <param name="step">From 1.</param>
    /// <param name="weights">Asked where it is.</param>
    public void AfterStep(long step, Func<IReadOnlyList<KeyValuePair<string, Tensor>>> weights)
    {
        if (step < _firstStep) return;
        Count = step - _firstStep + 1;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        using Scalar share = HeldScalars.Of(1.0 / Count);
        foreach ((string name, Tensor weight) in weights())
        {
            if (_means.TryGetValue(name, out Tensor? mean)) mean.add_(weight.to(float32).Minus(mean), share);
            else _means[name] = weight.detach().to(float32, copy: true).DetachFromDisposeScope();
        }
    }

    /// <summary>Makes room for what a checkpoint of a step holds, to be read into <see cref="State"/>.</summary>
    public void Resume(long step, IReadOnlyList<KeyValuePair<string, Tensor>> weights)
    {
        if (step < _firstStep) return;
        Count = step - _firstStep + 1;
        foreach ((string name, Tensor weight) in weights) _means[name] = zeros(weight.shape, float32, weight.device).DetachFromDisposeScope();
    }

    public void CopyTo(IReadOnlyList<KeyValuePair<string, Tensor>> weights) => Copy([.. _means], weights);

    /// <summary>Copies values into tensors of the same names.</summary>
    public static void Copy(IReadOnlyList<KeyValuePair<string, Tensor>> values, IReadOnlyList<KeyValuePair<string, Tensor>> weights)
    {
        Dictionary<string, Tensor> byName = new(values);
        using IDisposable _ = no_grad();
        foreach ((string name, Tensor weight) in weights) weight.copy_(byName[name]);
    }

    public void Dispose()
    {
        foreach (Tensor mean in _means.Values) mean.Dispose();
    }
}
