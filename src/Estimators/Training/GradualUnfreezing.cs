using TorchSharp.Modules;

namespace MLNet.Pretrain.Training;

/// <summary>Lets lower layers learn later (Howard and Ruder 2018): first the topmost that has parameters, and one more each time.</summary>
internal sealed class GradualUnfreezing
{
    private readonly (int Depth, Parameter Parameter)[] _learning;
    private readonly double _everyEpochs;
    private int _learningLayers;

    /// <param name="task">Knows the layers.</param>
    /// <param name="learning">What learns in the end.</param>
    /// <param name="everyEpochs">See <see cref="TrainingOptions.UnfreezeEveryEpochs"/>; 0 = everything learns at once.</param>
    public GradualUnfreezing(ITrainingTask task, IReadOnlyList<(string Name, Parameter Parameter)> learning, double everyEpochs)
    {
        _everyEpochs = everyEpochs;
        // Only layers with something to learn count: an encoder without a head begins with its last layer.
        List<int> layers = [.. learning.Select(p => task.LayerOf(p.Name)).Distinct().OrderDescending()];
        _learning = [.. learning.Select(p => (layers.IndexOf(task.LayerOf(p.Name)), p.Parameter))];
    }

    /// <summary>Before a step that begins after so many epochs.</summary>
    public void BeforeStep(double epoch)
    {
        int layers = _everyEpochs == 0 ? int.MaxValue : (int)Math.Min(int.MaxValue, 1 + Math.Floor(epoch / _everyEpochs));
        if (layers == _learningLayers) return;
        _learningLayers = layers;
        foreach ((int depth, Parameter parameter) in _learning) parameter.requires_grad = depth < layers;
    }

    /// <summary>After the run.</summary>
    public void Undo()
    {
        foreach ((_, Parameter parameter) in _learning) parameter.requires_grad = true;
    }
}
