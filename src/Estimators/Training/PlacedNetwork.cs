using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>A network on the device and in the precision of training, with its frozen layers frozen and, where wanted, its layers computed twice; disposing it undoes all of it.</summary>
internal sealed class PlacedNetwork : IDisposable
{
    private readonly nn.Module _network;
    private readonly Device _home;
    private readonly bool _wasTraining;
    private readonly List<string> _frozen = [];
    private readonly Dictionary<string, Tensor> _exact = [];
    private readonly IRecomputing[] _recomputing;

    public PlacedNetwork(ITrainingTask task, TrainingOptions options, Device device, string owner)
    {
        _network = task.Network;
        _wasTraining = _network.training;
        _home = _network.parameters().First().device;
        if (options.FrozenLayers > task.LayerCount)
            throw new ArgumentException($"{owner}: FrozenLayers is {options.FrozenLayers}; the network has {task.LayerCount} layers, expected at most that.");
        _recomputing = options.GradientCheckpointing ? _network.PartsOf<IRecomputing>() : [];
        if (options.GradientCheckpointing && _recomputing.Length == 0)
            throw new ArgumentException($"{owner}: GradientCheckpointing is set, but this network has no Transformer layers, which alone can be computed again; expected false.");
        // What does not learn is to come back as it was, not rounded.
        if (options.Precision == TrainingPrecision.BFloat16)
        {
            foreach ((string name, Parameter parameter) in _network.named_parameters())
                if (!parameter.requires_grad || task.LayerOf(name) <= options.FrozenLayers) _exact[name] = parameter.detach().clone().DetachFromDisposeScope();
        }
        _network.to(device, options.Precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32);
        foreach ((string name, Parameter parameter) in _network.named_parameters())
        {
            if (!parameter.requires_grad || !(task.LayerOf(name) <= options.FrozenLayers)) continue;
            parameter.requires_grad = false;
            _frozen.Add(name);
        }
        Learning = [.. _network.named_parameters().Where(p => p.parameter.requires_grad)];
        if (Learning.Count == 0)
        {
            Dispose();
            throw new ArgumentException($"{owner}: FrozenLayers is {options.FrozenLayers} and leaves no parameter to learn; expected fewer.");
        }
        foreach (IRecomputing network in _recomputing) network.RecomputesLayers = true;
    }

    /// <summary>The parameters that learn.</summary>
    public IReadOnlyList<(string Name, Parameter Parameter)> Learning { get; }

    /// <summary>32-bit weights by name that the network gets when it is back in 32 bits; what training computed with is their rounded copy.</summary>
    public IReadOnlyDictionary<string, Tensor>? Masters { get; set; }

    public void Dispose()
    {
        foreach (IRecomputing network in _recomputing) network.RecomputesLayers = false;
        foreach ((_, Parameter parameter) in Learning ?? []) ClearGradient(parameter);
        _network.to(_home, ScalarType.Float32);
        var byName = _network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        using (no_grad())
        {
            foreach ((string name, Tensor master) in Masters ?? new Dictionary<string, Tensor>()) byName[name].copy_(master);
            foreach ((string name, Tensor exact) in _exact) using (exact) byName[name].copy_(exact);
        }
        foreach (string name in _frozen) byName[name].requires_grad = true;
        _network.train(_wasTraining);
    }

    private static void ClearGradient(Parameter parameter)
    {
        using Tensor? gradient = parameter.grad;
        if (gradient is not null) parameter.grad = null;
    }
}
