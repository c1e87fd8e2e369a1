using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Takes stored rows of several texts apart, so that each text is encoded by itself.</summary>
internal static class TextParts
{
    /// <summary>Where the first texts end, and where the rows end. The batch's token types say where the second text stands, and nothing else.</summary>
    public static (int[] FirstEnds, int[] RowEnds) Ends(TrainingBatch batch)
    {
        Span<long> types = Longs(batch.TokenTypeIds!);
        int width = (int)batch.InputIds.shape[1];
        int[] firstEnds = new int[batch.Rows], rowEnds = new int[batch.Rows];
        for (int row = 0; row < batch.Rows; row++)
        {
            Span<long> type = types.Slice(row * width, width);
            (firstEnds[row], rowEnds[row]) = (type.IndexOf(1), type.LastIndexOf(1) + 1);
        }
        return (firstEnds, rowEnds);
    }

    /// <summary>Rows and tokens of each part of rows that <see cref="Divide"/> takes apart.</summary>
    /// <param name="rows">Their numbers.</param>
    /// <param name="ends">Where each part of a row ends; the next one begins there.</param>
    public static IReadOnlyList<(long Rows, long Length)> Passes(ReadOnlySpan<long> rows, Func<long, IReadOnlyList<int>> ends)
    {
        var parts = new List<(long Rows, long Length)>();
        foreach (long row in rows)
        {
            IReadOnlyList<int> own = ends(row);
            while (parts.Count < own.Count) parts.Add(default);
            for (int part = 0; part < own.Count; part++)
            {
                int length = own[part] - (part == 0 ? 0 : own[part - 1]);
                if (length > 0) parts[part] = (parts[part].Rows + 1, Math.Max(parts[part].Length, length));
            }
        }
        return parts;
    }

    /// <summary>B rows of P texts to P * B rows: first all first ones, then all second ones, and so on. A text that a row does not have makes no row.</summary>
    /// <param name="batch">On the processor; disposed but for its labels and weights.</param>
    /// <param name="ends">For each part, where it ends in each row; the next one begins there.</param>
    /// <param name="padTokenId">Fills rows.</param>
    public static TrainingBatch Divide(TrainingBatch batch, int[][] ends, int padTokenId)
    {
        using var scope = NewDisposeScope();
        Span<long> joined = Longs(batch.InputIds);
        int rows = batch.Rows, width = (int)batch.InputIds.shape[1];
        int[] widths = [.. ends.Select((_, part) => Enumerable.Range(0, rows).Max(row => ends[part][row] - Start(part, row)))];
        int longest = widths.Max();
        int count = Enumerable.Range(0, ends.Length).Sum(part => Enumerable.Range(0, rows).Count(row => ends[part][row] > Start(part, row)));
        Tensor divided = HeldScalars.Full([count, longest], padTokenId, ScalarType.Int64, CPU), mask = zeros([count, longest], ScalarType.Int64);
        Span<long> target = Longs(divided), marks = Longs(mask);
        int to = 0;
        for (int part = 0; part < ends.Length; part++)
        {
            for (int row = 0; row < rows; row++)
            {
                Span<long> text = joined[(row * width + Start(part, row))..(row * width + ends[part][row])];
                if (text.IsEmpty) continue;
                text.CopyTo(target[to..]);
                marks.Slice(to, text.Length).Fill(1);
                to += longest;
            }
        }
        bool padded = batch.Tokens < divided.numel();
        batch.InputIds.Dispose();
        batch.AttentionMask?.Dispose();
        batch.TokenTypeIds?.Dispose();
        return new TrainingBatch
        {
            InputIds = divided.DetachFromDisposeScope(),
            AttentionMask = padded ? mask.DetachFromDisposeScope() : null,
            Labels = batch.Labels,
            Weights = batch.Weights,
            PartWidths = widths,
            RowIndices = batch.RowIndices,
            Tokens = batch.Tokens,
        };

        int Start(int part, int row) => part == 0 ? 0 : ends[part - 1][row];
    }

    /// <summary>The values of a fresh, contiguous tensor on the processor, to read and write.</summary>
    public static Span<long> Longs(Tensor tensor) => MemoryMarshal.Cast<byte, long>(tensor.bytes);
}
