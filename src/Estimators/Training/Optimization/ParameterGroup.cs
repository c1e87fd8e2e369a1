using TorchSharp.Modules;

namespace MLNet.Pretrain.Training;

/// <summary>Parameters that share a learning rate and a weight decay.</summary>
/// <param name="Parameters">Named as in the network.</param>
/// <param name="LearningRateScale">Factor on the step's learning rate.</param>
/// <param name="WeightDecay">Decoupled decay, 0 or more.</param>
internal sealed record ParameterGroup(IReadOnlyList<(string Name, Parameter Parameter)> Parameters, double LearningRateScale, double WeightDecay);
