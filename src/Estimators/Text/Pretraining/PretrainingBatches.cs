using System.Runtime.InteropServices;
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
        var random = new FastRandom(seed);
        // Of this call alone: while rows for validation are made, those for training are made ahead.
        var masker = new WordMasker(tokens, options);
        List<long> positions = [], targets = [];
        Span<long> ids = Longs(batch.InputIds);
        int width = (int)batch.InputIds.shape[1], rows = (int)batch.InputIds.shape[0];
        for (int row = 0; row < rows; row++) masker.Mask(ids.Slice(row * width, width), row * width, ref random, positions, targets);
        if (positions.Count == 0) masker.MaskOne(ids, ref random, positions, targets);
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
    }

    // B rows of two passages to 2 B rows: first all first ones, then all second ones.
    private TrainingBatch Divide(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        // Here the types only say where the second passage stands.
        Span<long> joined = Longs(batch.InputIds), types = Longs(batch.TokenTypeIds!);
        int rows = batch.Rows, width = (int)batch.InputIds.shape[1], pad = tokens.Tokenizer.PadTokenId;
        int[] seconds = new int[rows], ends = new int[rows];
        int longest = 0;
        for (int row = 0; row < rows; row++)
        {
            Span<long> type = types.Slice(row * width, width);
            (seconds[row], ends[row]) = (type.IndexOf(1), type.LastIndexOf(1) + 1);
            longest = Math.Max(longest, Math.Max(seconds[row], ends[row] - seconds[row]));
        }
        Tensor divided = full([2 * rows, longest], pad, ScalarType.Int64), mask = zeros([2 * rows, longest], ScalarType.Int64);
        Span<long> to = Longs(divided), real = Longs(mask);
        for (int row = 0; row < rows; row++)
        {
            Copy(joined.Slice(row * width, seconds[row]), row, to, real);
            Copy(joined[(row * width + seconds[row])..(row * width + ends[row])], rows + row, to, real);
        }
        bool padded = batch.Tokens < 2L * rows * longest;
        batch.InputIds.Dispose();
        batch.AttentionMask?.Dispose();
        batch.TokenTypeIds!.Dispose();
        return new TrainingBatch
        {
            InputIds = divided.DetachFromDisposeScope(),
            AttentionMask = padded ? mask.DetachFromDisposeScope() : null,
            Labels = batch.Labels,
            Weights = batch.Weights,
            RowIndices = batch.RowIndices,
            Tokens = batch.Tokens,
        };

        void Copy(ReadOnlySpan<long> passage, int row, Span<long> target, Span<long> marks)
        {
            passage.CopyTo(target[(row * longest)..]);
            marks.Slice(row * longest, passage.Length).Fill(1);
        }
    }

    // Fresh, contiguous, on the processor: its bytes are the array.
    private static Span<long> Longs(Tensor tensor) => MemoryMarshal.Cast<byte, long>(tensor.bytes);
}
