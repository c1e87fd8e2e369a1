using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Cross-entropy of each token of a row after those before it.</summary>
/// <param name="network">The decoder.</param>
/// <param name="sequenceLength">Tokens of the longest row.</param>
internal sealed class GptTask(GptDecoder network, int sequenceLength) : ITrainingTask
{
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

    public Tensor Loss(TrainingBatch batch)
    {
        (Tensor states, Tensor targets) = Predictions(batch);
        return network.CrossEntropy(states, targets);
    }

    public double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions) =>
        LinearCrossEntropy.Bytes(passes.Sum(pass => (double)pass.Rows * pass.Length), network.Config.VocabSize, network.Config.HiddenSize, conditions);

    public double LossWeight(TrainingBatch batch) => batch.Tokens - batch.Rows;

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double loss, long tokens) = (0, 0);
        foreach (TrainingBatch batch in batches)
        {
            (Tensor states, Tensor targets) = Predictions(batch);
            loss += network.NegativeLogLikelihood(states, targets);
            tokens += targets.numel();
        }
        return new Dictionary<string, double> { ["Perplexity"] = Math.Exp(loss / tokens), ["Loss"] = loss / tokens };
    }

    // [N, H] and [N]: the states after each real token but the row's last, and the token that follows.
    private (Tensor States, Tensor Targets) Predictions(TrainingBatch batch)
    {
        long length = batch.InputIds.shape[1] - 1;
        // Looked for before there is much to wait for.
        Tensor? places = batch.AttentionMask?.narrow(1, 1, length).flatten().nonzero().squeeze(1);
        Tensor states = network.LastHidden(batch.InputIds.narrow(1, 0, length)).flatten(0, 1), targets = batch.InputIds.narrow(1, 1, length).flatten();
        return places is null ? (states, targets) : (states.index_select(0, places), targets.index_select(0, places));
    }
}
