using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>How a stored id says that it begins a word, and the word's tag: from the vocabulary's size on it is id + size x (tag + 1).</summary>
/// <param name="vocabSize">Entries of the vocabulary.</param>
internal sealed class StoredTags(int vocabSize)
{
    /// <summary>Stands where there is no word; cross-entropy passes over it.</summary>
    public const long NoTag = -100;

    // libtorch compiles a kernel for each new shape: as many words as a batch happens to have would make too many.
    private const int WordsMultiple = 8;

    /// <summary>Tags that ids have room for.</summary>
    public int MaxTags => int.MaxValue / vocabSize - 1;

    public int Store(int id, int tag) => id + vocabSize * (tag + 1);

    /// <summary>Takes the tags out of a batch's ids: places of words [B, W], -1 = none, and their tags [B, W].</summary>
    public TrainingBatch Restore(TrainingBatch batch)
    {
        using var scope = NewDisposeScope();
        Span<long> ids = MemoryMarshal.Cast<byte, long>(batch.InputIds.bytes);   // fresh, contiguous, on the processor
        (int rows, int length) = (batch.Rows, (int)batch.InputIds.shape[1]);
        int width = 1;
        for (int row = 0; row < rows; row++) width = Math.Max(width, Words(ids.Slice(row * length, length)));
        width = (width + WordsMultiple - 1) / WordsMultiple * WordsMultiple;
        Tensor positions = HeldScalars.Full([rows, width], -1, ScalarType.Int64, CPU), tags = HeldScalars.Full([rows, width], NoTag, ScalarType.Int64, CPU);
        Span<long> at = MemoryMarshal.Cast<byte, long>(positions.bytes), tag = MemoryMarshal.Cast<byte, long>(tags.bytes);
        for (int row = 0; row < rows; row++)
        {
            for (int i = 0, word = row * width; i < length; i++)
            {
                ref long id = ref ids[row * length + i];
                if (id < vocabSize) continue;
                (at[word], tag[word++]) = (i, id / vocabSize - 1);
                id %= vocabSize;
            }
        }
        return new TrainingBatch
        {
            InputIds = batch.InputIds,
            AttentionMask = batch.AttentionMask,
            TokenTypeIds = batch.TokenTypeIds,
            Labels = batch.Labels,
            Weights = batch.Weights,
            Positions = positions.DetachFromDisposeScope(),
            Targets = tags.DetachFromDisposeScope(),
            RowIndices = batch.RowIndices,
            Tokens = batch.Tokens,
        };
    }

    private int Words(ReadOnlySpan<long> ids)
    {
        int count = 0;
        foreach (long id in ids)
            if (id >= vocabSize) count++;
        return count;
    }
}
