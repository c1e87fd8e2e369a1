using MLNet.Pretrain.Persistence;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>The weights of the best evaluation, on disk: in the checkpoint folder where there is one, else in a temporary one.</summary>
internal sealed class BestWeights(TrainingCheckpoints? checkpoints) : IDisposable
{
    private TemporaryFolder? _temporary;

    public void Save(IReadOnlyList<KeyValuePair<string, Tensor>> weights, long step)
    {
        if (checkpoints is null) _temporary ??= new TemporaryFolder();
        WeightsFile.Save(PathOf(step), weights);
    }

    public void Restore(IReadOnlyList<KeyValuePair<string, Tensor>> weights, long step) => WeightsFile.Load(PathOf(step), weights);

    public void Dispose() => _temporary?.Dispose();

    // A checkpoint may name an older best, so each has its own file there; a temporary one is replaced.
    private string PathOf(long step) => checkpoints?.BestPathOf(step) ?? Path.Combine(_temporary!.Path, "best.safetensors");
}
