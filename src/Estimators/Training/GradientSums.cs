using MLNet.Pretrain.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>
/// Adds up the gradients of a step's batches in 32 bits where parameters have 16: a part may be too small to change a sum of 8 bits. Parameters of 32 bits keep theirs where
/// differentiation adds them up by itself.
/// </summary>
internal sealed class GradientSums(IReadOnlyList<Parameter> parameters) : IDisposable
{
    private readonly Tensor?[] _sums = new Tensor?[parameters.Count];

    /// <summary>Takes the gradients of a batch out of the parameters.</summary>
    public void Take()
    {
        using IDisposable _ = no_grad();
        for (int i = 0; i < _sums.Length; i++)
        {
            if (parameters[i].dtype == ScalarType.Float32) continue;
            using Tensor? gradient = parameters[i].grad;
            if (gradient is null) continue;
            parameters[i].grad = null;
            if (_sums[i] is { } sum) sum.add_(gradient, HeldScalars.One);
            else _sums[i] = gradient.to(float32).DetachFromDisposeScope();
        }
    }

    /// <summary>Gives the parameters the gradients of all that was taken, times a factor.</summary>
    public void Return(double factor)
    {
        using IDisposable _ = no_grad();
        for (int i = 0; i < _sums.Length; i++)
        {
            if (_sums[i] is not { } sum) continue;
            using DisposeScope scope = NewDisposeScope();
            parameters[i].grad = sum.Times(factor).to(parameters[i].dtype);
            sum.Dispose();
            _sums[i] = null;
        }
    }

    public void Dispose()
    {
        foreach (Tensor? sum in _sums) sum?.Dispose();
    }
}
