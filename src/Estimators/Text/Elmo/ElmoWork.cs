using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// How often the parts of an ELMo are run while training on some rows: each different word of a batch goes through the character network once, read as far as
/// the longest of them, and each word of a row but one is foreseen in each direction.
/// </summary>
/// <param name="WordsPerToken">Different words of a batch, by its tokens; in (0, 1].</param>
/// <param name="CharactersPerWord">Characters that the convolutions read of such a word, filler included.</param>
/// <param name="PredictionsPerToken">Words foreseen in one direction, by tokens; in [0, 1).</param>
/// <param name="WordsPerBatch">Different words of a batch.</param>
internal readonly record struct ElmoWork(double WordsPerToken, double CharactersPerWord, double PredictionsPerToken, double WordsPerBatch)
{
    private const int BatchesLookedAt = 20;

    /// <summary>Looks at batches as training makes them.</summary>
    /// <param name="rows">Word numbers.</param>
    /// <param name="characters">Character ids by word, [F, C].</param>
    /// <param name="network">The network's shape.</param>
    /// <param name="options">How batches are made.</param>
    public static ElmoWork Of(TokenStore rows, Tensor characters, ElmoConfig network, TrainingOptions options)
    {
        var sampler = new BatchSampler(rows.All, options.BatchSize, options.MaxTokensPerBatch, options.GradientAccumulationSteps, seed: 0);
        (long batches, long tokens, long predictions, long words, double read) = (0, 0, 0, 0, 0);
        long[] row = new long[rows.LongestRow];
        var different = new HashSet<long>();
        foreach (PlannedBatch batch in sampler.Epoch(0).Take(BatchesLookedAt))
        {
            different.Clear();
            foreach (long index in batch.Rows)
            {
                int length = rows.CopyIds(index, row);
                different.UnionWith(row.Take(length));
                (tokens, predictions) = (tokens + length, predictions + length - 1);
            }
            using DisposeScope scope = NewDisposeScope();
            batches++;
            words += different.Count;
            read += (double)different.Count * CharacterEncoder.CharactersRead(characters.index_select(0, tensor(different.ToArray())), network.Filters.Max(f => f.Width));
        }
        return new ElmoWork((double)words / tokens, read / words, (double)predictions / tokens, (double)words / batches);
    }

    /// <summary>
    /// Floating-point operations a token, forward and backward: six a multiply-add of a product of matrices (<see cref="ITrainingTask.FlopsPerToken"/>). The
    /// convolutions are counted wherever a filter lies, the highways' two products, the projection; both directions' LSTM layers; both directions' logits.
    /// </summary>
    /// <param name="network">The network's shape.</param>
    /// <param name="sampled">Words of the softmax's sample, beside which each right word has a logit of its own; 0 = the whole vocabulary.</param>
    public double FlopsPerToken(ElmoConfig network, int sampled)
    {
        double charactersPerWord = CharactersPerWord, features = network.Filters.Sum(f => f.Count), projection = network.ProjectionSize, cells = network.CellSize;
        double convolutions = network.Filters.Sum(f => (charactersPerWord - f.Width + 1) * f.Width * network.CharacterEmbeddingSize * f.Count);
        double word = convolutions + network.HighwayLayerCount * 2 * features * features + features * projection;
        double direction = network.LayerCount * (4 * cells * 2 * projection + cells * projection);   // gates of input and state, then the output
        double logits = projection * (sampled > 0 ? sampled + 1 : network.VocabularySize);
        return 6 * (WordsPerToken * word + 2 * direction + 2 * PredictionsPerToken * logits);
    }
}
