using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Cross-entropy of each word after the words before it, over the whole vocabulary or over a sample of it. A row holds a full context before its first
/// predicted word.
/// </summary>
/// <param name="network">The network.</param>
/// <param name="counts">Occurrences by id, for the sample.</param>
/// <param name="sampled">Words of the sample; 0 = the whole vocabulary.</param>
internal sealed class LanguageModelTask(FeedForwardLanguageModel network, long[] counts, int sampled) : ITrainingTask, IDisposable
{
    private readonly SampledSoftmax? _sample = sampled > 0 ? new SampledSoftmax(counts, sampled) : null;

    public nn.Module Network => network;

    public int LayerCount => 1;

    public string SelectionMetric => "Perplexity";

    public bool HigherIsBetter => false;

    public int LayerOf(string parameterName) =>
        parameterName.StartsWith("embedding", StringComparison.Ordinal) ? 0 : parameterName.StartsWith("hidden", StringComparison.Ordinal) ? 1 : 2;

    public Tensor Loss(TrainingBatch batch)
    {
        (Tensor contexts, Tensor targets) = Examples(batch);
        return _sample is null
            ? nn.functional.cross_entropy(network.forward(contexts).to(float32), targets)
            : _sample.Loss(targets, candidates => network.Sampled(contexts, targets, candidates));
    }

    public double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions)
    {
        NeuralLanguageModelConfig c = network.Config;
        double words = passes.Sum(pass => (double)pass.Rows * (pass.Length - c.ContextSize));
        return _sample?.Bytes(words, Math.Max(c.HiddenSize, c.DirectConnections ? c.ContextSize * c.EmbeddingSize : 0), conditions) ?? conditions.CrossEntropyBytes(words, c.VocabularySize);
    }

    // A row's first words are nobody's targets.
    public double LossWeight(TrainingBatch batch) => batch.Tokens - (double)batch.Rows * network.Config.ContextSize;

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double loss, long words) = (0, 0);
        foreach (TrainingBatch batch in batches)
        {
            (Tensor contexts, Tensor targets) = Examples(batch);
            words += targets.numel();
            // Training may have had a sample of the words; all of them at once may not fit.
            long atOnce = LinearCrossEntropy.RowsAtOnce(network.Config.VocabularySize, targets.device_type);
            Tensor sum = zeros(1, float64, targets.device);
            for (long first = 0; first < targets.numel(); first += atOnce)
            {
                using DisposeScope scope = NewDisposeScope();
                long count = Math.Min(atOnce, targets.numel() - first);
                Tensor logits = network.forward(contexts.narrow(0, first, count)).to(float32);
                sum.add_(nn.functional.cross_entropy(logits, targets.narrow(0, first, count), reduction: nn.Reduction.Sum), HeldScalars.One);
            }
            loss += sum.item<double>();
        }
        return new Dictionary<string, double> { ["Perplexity"] = Math.Exp(loss / words), ["Loss"] = loss / words };
    }

    public void Dispose() => _sample?.Dispose();

    // [N, context], [N]: every position with a full context before it, filler left out.
    private (Tensor Contexts, Tensor Targets) Examples(TrainingBatch batch)
    {
        int size = network.Config.ContextSize;
        Tensor windows = batch.InputIds.unfold(1, size + 1, 1).reshape(-1, size + 1);
        if (batch.AttentionMask is { } mask)
            windows = windows.index_select(0, mask.narrow(1, size, mask.shape[1] - size).reshape(-1).nonzero().squeeze(1));
        return (windows.narrow(1, 0, size), windows.select(1, size));
    }
}
