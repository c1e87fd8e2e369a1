using TorchSharp.Modules;

namespace MLNet.Pretrain.Training;

/// <summary>Divides parameters by learning rate (layer-wise decay) and by weight decay (none for biases and normalization).</summary>
internal static class ParameterGrouping
{
    /// <summary>Factor on the learning rate of a parameter: the head's own there, and one more power of the decay for each layer below.</summary>
    public static double LearningRateScale(ITrainingTask task, string name, TrainingOptions options) =>
        task.LayerOf(name) == task.LayerCount + 1 ? options.HeadLearningRateFactor : Math.Pow(options.LayerLearningRateDecay, task.LayerCount + 1 - task.LayerOf(name));

    /// <summary>Whether weight decay leaves a parameter alone: biases and the scales of normalization are vectors, weights are matrices.</summary>
    public static bool IsDecayFree(Parameter parameter) => parameter.dim() < 2;

    public static IReadOnlyList<ParameterGroup> Divide(ITrainingTask task, IReadOnlyList<(string Name, Parameter Parameter)> parameters, TrainingOptions options) =>
        [.. parameters
            .GroupBy(p => (Scale: LearningRateScale(task, p.Name, options), Free: IsDecayFree(p.Parameter)))
            .Select(g => new ParameterGroup([.. g], g.Key.Scale, g.Key.Free ? 0 : options.WeightDecay))];
}
