using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// How much a loss depends on each attention head: the mean over rows of the absolute gradient with respect to a mask on the head, which is 1 (Michel et al. 2019,
/// "Are Sixteen Heads Really Better than One?", equation 2). One pass back gives those of all rows, each row having a mask of its own. Not thread safe.
/// </summary>
/// <param name="encoder">Not changed; nothing else may run it meanwhile.</param>
internal sealed class HeadImportance(TextEncoder encoder)
{
    private readonly double[][] _sums = [.. Enumerable.Range(0, encoder.Config.LayerCount).Select(layer => new double[encoder.Config.HeadsOf(layer).Length])];

    /// <summary>Rows seen.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds a batch.</summary>
    /// <param name="rows">Its rows, B.</param>
    /// <param name="loss">Runs the encoder over the batch and gives the sum of its rows' losses, none of which depends on another row.</param>
    public void Add(long rows, Func<Tensor> loss)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable _ = enable_grad();
        Tensor like = encoder.WordEmbeddingWeight;
        Tensor[] masks = [.. _sums.Select(heads => ones([rows, heads.Length, 1, 1], like.dtype, like.device, requires_grad: true))];
        try
        {
            foreach ((EncoderLayer layer, Tensor mask) in encoder.Layers.Zip(masks)) layer.HeadMask = mask;
            IList<Tensor> gradients = autograd.grad([loss()], masks, allow_unused: true);
            foreach ((double[] sums, Tensor? gradient) in _sums.Zip(gradients))
            {
                // Layers above the one that is read have no part in the loss.
                if (gradient is null || gradient.IsInvalid) continue;
                double[] added = gradient.abs().to(float64).sum([0, 2, 3]).to(CPU).data<double>().ToArray();
                for (int head = 0; head < sums.Length; head++) sums[head] += added[head];
            }
        }
        finally
        {
            foreach (EncoderLayer layer in encoder.Layers) layer.HeadMask = null;
        }
        Rows += rows;
    }

    /// <summary>The importance of each head of each layer, divided by the layer's Euclidean norm, as the paper found better; 0 in layers without any.</summary>
    public IReadOnlyList<IReadOnlyList<double>> PerLayer() => [.. _sums.Select(heads =>
    {
        double norm = Math.Sqrt(heads.Sum(value => value * value));
        return (IReadOnlyList<double>)[.. heads.Select(value => norm > 0 ? value / norm : 0)];
    })];

    /// <summary>The least important heads of the whole encoder, by layer and by their numbers in the unpruned layer. Each layer keeps its most important one.</summary>
    /// <param name="count">How many; 0 to the heads there are, less the layers.</param>
    public IReadOnlyDictionary<int, IReadOnlyList<int>> Least(int count)
    {
        IReadOnlyList<IReadOnlyList<double>> importance = PerLayer();
        return importance
            .SelectMany((heads, layer) => heads.Zip(encoder.Config.HeadsOf(layer), (value, head) => (Layer: layer, Head: head, Value: value)).OrderByDescending(h => h.Value).Skip(1))
            .OrderBy(h => h.Value).Take(count)
            .GroupBy(h => h.Layer).ToDictionary(g => g.Key, g => (IReadOnlyList<int>)[.. g.Select(h => h.Head).Order()]);
    }
}
