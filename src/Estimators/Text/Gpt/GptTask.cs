using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy of each token of a row after those before it.</summary>
/// <param name="network">The decoder.</param>
/// <param name="sequenceLength">Tokens of the longest row.</param>
internal sealed class GptTask(GptDecoder network, int sequenceLength) : ITrainingTask
{
    private const long Ignored = -100;
    private const string Blocks = "blocks.";

    public nn.Module Network => network;

    public int LayerCount => network.Config.LayerCount;

    public string SelectionMetric => "Perplexity";

    public bool HigherIsBetter => false;

    // Forward and backward take six operations a weight and token; causal attention sees half of the row on average.
    public double FlopsPerToken
    {
        get
        {
            GptConfig c = network.Config;
            double h = c.HiddenSize, inner = c.FeedForwardSize;
            return c.LayerCount * (6 * (4 * h * h + 2 * h * inner) + 6 * h * sequenceLength) + 6 * h * c.VocabSize;
        }
    }

    // The output layer is the word embeddings, so only the last norm is the head's own.
    public int LayerOf(string parameterName)
    {
        if (!parameterName.StartsWith(Blocks, StringComparison.Ordinal)) return parameterName.StartsWith("norm.", StringComparison.Ordinal) ? LayerCount + 1 : 0;
        ReadOnlySpan<char> rest = parameterName.AsSpan(Blocks.Length);
        return int.Parse(rest[..rest.IndexOf('.')], System.Globalization.CultureInfo.InvariantCulture) + 1;
    }

    public Tensor Loss(TrainingBatch batch) => Loss(batch, nn.Reduction.Mean, out _);

    public double LossWeight(TrainingBatch batch) => batch.Tokens - batch.Rows;

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double loss, long tokens) = (0, 0);
        foreach (TrainingBatch batch in batches)
        {
            loss += Loss(batch, nn.Reduction.Sum, out long predicted).to(float64).item<double>();
            tokens += predicted;
        }
        return new Dictionary<string, double> { ["Perplexity"] = Math.Exp(loss / tokens), ["Loss"] = loss / tokens };
    }

    private Tensor Loss(TrainingBatch batch, nn.Reduction reduction, out long predicted)
    {
        predicted = batch.Tokens - batch.Rows;
        long length = batch.InputIds.shape[1] - 1;
        Tensor targets = batch.InputIds.narrow(1, 1, length);
        if (batch.AttentionMask is { } mask) targets = targets.Masked(mask.narrow(1, 1, length).logical_not(), Ignored);
        // In float32: a softmax over a whole vocabulary loses too much in 16 bits.
        Tensor logits = network.forward(batch.InputIds.narrow(1, 0, length)).to(float32);
        return nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index: Ignored, reduction: reduction);
    }
}
