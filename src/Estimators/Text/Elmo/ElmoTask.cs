using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>The mean cross-entropy of both directions' language models, over the whole vocabulary or over a sample of it.</summary>
/// <param name="network">The network.</param>
/// <param name="characters">Character ids by word, [F, C] int16, on the processor.</param>
/// <param name="targetCounts">How often each word of the output layer is foreseen.</param>
/// <param name="sampled">Words of the sample; 0 = the whole vocabulary.</param>
/// <param name="work">How often the network's parts are run.</param>
internal sealed class ElmoTask(Elmo network, Tensor characters, long[] targetCounts, int sampled, ElmoWork work) : ITrainingTask, IDisposable
{
    private readonly SampledSoftmax? _sample = sampled > 0 ? new SampledSoftmax(targetCounts, sampled) : null;

    public nn.Module Network => network;

    public int LayerCount => network.Config.LayerCount;

    public string SelectionMetric => "Perplexity";

    public bool HigherIsBetter => false;

    public double FlopsPerToken => work.FlopsPerToken(network.Config, sampled);

    public double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions)
    {
        double tokens = passes.Sum(pass => (double)pass.Rows * pass.Length), size = network.Config.ProjectionSize;
        // Fewer rows have fewer different words, but more of them a token.
        double words = network.WordVectorBytes(Math.Min(tokens, work.WordsPerBatch), work.CharactersPerWord, conditions);
        return words + (_sample?.Bytes(2 * tokens, size, conditions) ?? LinearCrossEntropy.Bytes(2 * tokens, network.Config.VocabularySize, size, conditions));
    }

    public int LayerOf(string parameterName)
    {
        if (parameterName.StartsWith("char_encoder", StringComparison.Ordinal)) return 0;
        for (int layer = 0; layer < LayerCount; layer++)
            if (parameterName.StartsWith($"elmo_lstm.forward_layer_{layer}.", StringComparison.Ordinal) || parameterName.StartsWith($"elmo_lstm.backward_layer_{layer}.", StringComparison.Ordinal)) return layer + 1;
        return LayerCount + 1;
    }

    public Tensor Loss(TrainingBatch batch)
    {
        (Tensor states, Tensor targets) = Predictions(batch);
        (states, targets) = (states.flatten(0, 1), targets.flatten());   // both directions share the output layer, and the sample
        return _sample is null
            ? network.CrossEntropy(states, targets)
            : _sample.Loss(targets, candidates => network.Sampled(states, targets, candidates));
    }

    // Each word, and the row's end, in one direction and the other.
    public double LossWeight(TrainingBatch batch) => batch.Tokens - batch.Rows;

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        (double forward, double backward, long words) = (0, 0, 0);
        foreach (TrainingBatch batch in batches)
        {
            (Tensor states, Tensor targets) = Predictions(batch);
            (double ahead, double back) = network.NegativeLogLikelihood(states, targets);
            (forward, backward, words) = (forward + ahead, backward + back, words + targets.shape[1]);
        }
        return new Dictionary<string, double>
        {
            [SelectionMetric] = Math.Exp((forward + backward) / (2 * words)),
            ["ForwardPerplexity"] = Math.Exp(forward / words),
            ["BackwardPerplexity"] = Math.Exp(backward / words),
            ["Loss"] = (forward + backward) / (2 * words),
        };
    }

    public void Dispose() => _sample?.Dispose();

    // Each different word of the batch goes through the character network once.
    private (Tensor States, Tensor Targets) Predictions(TrainingBatch batch)
    {
        (Tensor different, Tensor? places, _) = batch.InputIds.unique(sorted: true, return_inverse: true);
        Tensor ids = characters.index_select(0, different.to(CPU)).to(int64).to(batch.InputIds.device);
        Tensor words = network.WordVectors(ids).index_select(0, places!.flatten()).view(batch.InputIds.shape[0], batch.InputIds.shape[1], -1);
        Tensor targets = batch.InputIds.Masked(batch.InputIds.IsLess(network.Config.VocabularySize).logical_not(), LanguageModelWords.Unknown);
        return network.Predictions(words, targets, batch.AttentionMask);
    }
}
