using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Makes what the network reads of stored rows: passages of their own are taken apart, words hidden.</summary>
internal sealed class PretrainingBatches(PretrainingTokens tokens, PretrainBertOptions options)
{
    /// <summary>Stands where nothing is to be predicted; cross-entropy passes over it.</summary>
    public const long NoTarget = -100;

    // libtorch compiles a kernel for each new shape and keeps a thousand of them: as many hidden words as a batch happens to have would make most of them.
    private const int PositionsMultiple = 64;

    /// <summary>See <see cref="ITrainingTask.Prepare"/>.</summary>
    public TrainingBatch Prepare(TrainingBatch batch, long seed)
    {
        if (options.Packing == SequencePacking.SameDocumentPairs) batch = Divide(batch);
        // Of this call alone: while rows for validation are made, those for training are made ahead.
        var masker = new WordMasker(tokens, options);
        List<long> positions = [], targets = [];
        Span<long> ids = TextParts.Longs(batch.InputIds);
        int width = (int)batch.InputIds.shape[1], rows = (int)batch.InputIds.shape[0];
        for (int row = 0; row < rows; row++)
        {
            FastRandom random = Of(row);
            masker.Mask(ids.Slice(row * width, width), row * width, ref random, positions, targets);
        }
        FastRandom last = Of(rows);
        if (positions.Count == 0) masker.MaskOne(ids, ref last, positions, targets);
        for (; positions.Count % PositionsMultiple != 0; positions.Add(0)) targets.Add(NoTarget);
        using var scope = NewDisposeScope();
        return new TrainingBatch
        {
            InputIds = batch.InputIds,
            AttentionMask = batch.AttentionMask,
            TokenTypeIds = batch.TokenTypeIds,
            Labels = batch.Labels,
            Weights = batch.Weights,
            Positions = tensor(positions.ToArray()).DetachFromDisposeScope(),
            Targets = tensor(targets.ToArray()).DetachFromDisposeScope(),
            RowIndices = batch.RowIndices,
            Tokens = batch.Tokens,
        };

        // Passages of one stored row lie a batch's rows apart.
        FastRandom Of(int row) => new(SeedMixer.Mix(seed, batch.RowIndices[row % batch.Rows], row / batch.Rows));
    }

    private TrainingBatch Divide(TrainingBatch batch)
    {
        (int[] firstEnds, int[] rowEnds) = TextParts.Ends(batch);
        return TextParts.Divide(batch, [firstEnds, rowEnds], tokens.Tokenizer.PadTokenId);
    }
}
