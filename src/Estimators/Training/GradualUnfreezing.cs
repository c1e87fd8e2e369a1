using TorchSharp.Modules;

namespace MLNet.Pretrain.Training;

/// <summary>Lets lower layers learn later (Howard and Ruder 2018): first the topmost that has parameters, and one more each time.</summary>
internal sealed class GradualUnfreezing
{
    private readonly (int Depth, Parameter Parameter)[] _learning;
    private readonly double _everyEpochs;
    private readonly int _layerCount;
    private int _learningLayers;

    /// <param name="task">Knows the layers.</param>
    /// <param name="learning">What learns in the end.</param>
    /// <param name="everyEpochs">See <see cref="TrainingOptions.UnfreezeEveryEpochs"/>; 0 = everything learns at once.</param>
    public GradualUnfreezing(ITrainingTask task, IReadOnlyList<(string Name, Parameter Parameter)> learning, double everyEpochs)
    {
        _everyEpochs = everyEpochs;
        // Only layers with something to learn count: an encoder without a head begins with its last layer.
        List<int> layers = [.. learning.Select(p => task.LayerOf(p.Name)).Distinct().OrderDescending()];
        _layerCount = layers.Count;
        _learning = [.. learning.Select(p => (layers.IndexOf(task.LayerOf(p.Name)), p.Parameter))];
    }

    /// <summary>Whether everything learns by now that ever will.</summary>
    public bool AllLearn => _learningLayers >= _layerCount;

    /// <summary>Throws where training ends before the lowest layer has begun.</summary>
    /// <exception cref="ArgumentException">Says how fast they would have to follow.</exception>
    public void Check(string owner, double epochs)
    {
        if ((_layerCount - 1) * _everyEpochs < epochs) return;
        throw new ArgumentException(FormattableString.Invariant($"{owner}: UnfreezeEveryEpochs is {_everyEpochs}, and training ends after {epochs:0.##} epochs, in which only {(int)Math.Ceiling(epochs / _everyEpochs)} of {_layerCount} layers, head and embeddings counted, begin to learn; expected less than {epochs / Math.Max(1, _layerCount - 1):0.###}, or more Epochs. FrozenLayers keeps lower layers as they are."));
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
