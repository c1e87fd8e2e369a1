using Microsoft.ML.Data;

namespace MLNet.Pretrain.Distillation;

/// <summary>How many rows have passed, and which: two passes over the same rows in the same order are equal.</summary>
internal record struct RowIds(long Count, ulong Hash)
{
    // Knuth's multiplier: every id changes all bits of what comes after it.
    private const ulong Multiplier = 6364136223846793005;

    public void Add(DataViewRowId id) => (Count, Hash) = (Count + 1, (Hash ^ id.Low ^ ulong.RotateLeft(id.High, 32)) * Multiplier + 1);
}
