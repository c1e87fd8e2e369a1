using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Makes the tensors of a batch, on the processor, in no dispose scope.</summary>
internal sealed class BatchAssembler(TokenStore store)
{
    private long[] _buffer = [];
    private long[] _lengths = [];

    public TrainingBatch Assemble(IReadOnlyList<long> rows)
    {
        using var scope = NewDisposeScope();
        if (_lengths.Length < rows.Count) _lengths = new long[rows.Count];
        int width = 0;
        long tokens = 0;
        bool hasSecond = false;
        for (int i = 0; i < rows.Count; i++)
        {
            int length = store.Length(rows[i]);
            _lengths[i] = length;
            width = Math.Max(width, length);
            tokens += length;
            hasSecond |= store.FirstSegmentLength(rows[i]) < length;
        }
        long[] shape = [rows.Count, width];
        bool padded = tokens < (long)rows.Count * width;
        return new TrainingBatch
        {
            InputIds = Keep(Fill(shape, store.Format.PadTokenId, (row, destination) => store.CopyIds(rows[row], destination))),
            AttentionMask = padded ? Keep(Fill(shape, 0, (row, destination) => destination[..(int)_lengths[row]].Fill(1))) : null,
            TokenTypeIds = store.Format.HasTokenTypes && hasSecond ? Keep(Fill(shape, 0, (row, destination) => destination[store.FirstSegmentLength(rows[row])..(int)_lengths[row]].Fill(1))) : null,
            Labels = Keep(Labels(rows)),
            Weights = store.HasWeights ? Keep(tensor(rows.Select(store.Weight).ToArray())) : null,
            RowIndices = rows,
            Tokens = tokens,
        };
    }

    private delegate void RowFiller(int row, Span<long> destination);

    private Tensor Fill(long[] shape, long padding, RowFiller fill)
    {
        int width = (int)shape[1], size = checked((int)shape[0] * width);
        if (_buffer.Length < size) _buffer = new long[size];
        Span<long> all = _buffer.AsSpan(0, size);
        all.Fill(padding);
        for (int row = 0; row < shape[0]; row++) fill(row, all.Slice(row * width, width));
        Tensor result = empty(shape, ScalarType.Int64);
        all.CopyTo(System.Runtime.InteropServices.MemoryMarshal.Cast<byte, long>(result.bytes));
        return result;
    }

    private Tensor Labels(IReadOnlyList<long> rows) => store.Format.Labels switch
    {
        LabelKind.Class => tensor(rows.Select(store.ClassLabel).ToArray()),
        LabelKind.Value => tensor(rows.Select(store.Label).ToArray()),
        _ => Sets(rows),
    };

    // [B, K]
    private Tensor Sets(IReadOnlyList<long> rows)
    {
        int classes = store.Format.ClassCount;
        var marks = new float[rows.Count * classes];
        for (int i = 0; i < rows.Count; i++)
            foreach (long @class in store.ClassSet(rows[i])) marks[i * classes + @class] = 1;
        return tensor(marks, [rows.Count, classes]);
    }

    private static Tensor Keep(Tensor tensor) => tensor.DetachFromDisposeScope();
}
