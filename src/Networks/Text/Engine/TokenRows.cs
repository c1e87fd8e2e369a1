using System.Numerics;
using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Engine;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>The real tokens of a padded batch, back to back: padding is neither embedded nor multiplied nor attended to.</summary>
internal sealed class TokenRows
{
    private const int ProductRowsOfAnOctave = 32;   // at most a thirty-second too many

    private TokenRows(int rows, int width, int count)
    {
        (Rows, Width) = (rows, width);
        Starts = new int[rows + 1];
        (Ids, Types, Positions, Places) = (new int[count], new int[count], new int[count], new int[count]);
    }

    public int Rows { get; }

    /// <summary>Tokens of a padded row.</summary>
    public int Width { get; }

    public int Count => Ids.Length;

    /// <summary>
    /// Rows that products have: <see cref="Count"/>, or a few more, whose results nobody reads. oneDNN makes code for each number of rows, which takes a millisecond and a third of a
    /// megabyte, and drops it where there are more than 1,024 of such: texts would have ever new ones.
    /// </summary>
    public int ProductRows => ProductRowsOf(Count);

    /// <summary>Where each row begins; after the last, <see cref="Count"/>.</summary>
    public int[] Starts { get; }

    public int[] Ids { get; }

    public int[] Types { get; }

    /// <summary>Rows of the position embedding.</summary>
    public int[] Positions { get; }

    /// <summary>Where each token stands in the padded batch, row by row.</summary>
    public int[] Places { get; }

    /// <summary>A row's tokens and how they are attended to.</summary>
    public AttentionShape Shape(int row, int heads, int headSize) => new(Starts[row], Starts[row + 1] - Starts[row], heads, headSize);

    /// <summary>See <see cref="ProductRows"/>.</summary>
    internal static int ProductRowsOf(int count)
    {
        int step = Math.Max(1, (int)BitOperations.RoundUpToPowerOf2((uint)count + 1) / (2 * ProductRowsOfAnOctave));
        return (count + step - 1) / step * step;
    }

    /// <summary>Takes a batch apart. Tensors as <see cref="TextEncoder.forward"/>, on the CPU.</summary>
    public static TokenRows Of(TextEncoderConfig config, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        (int rows, int width) = ((int)inputIds.shape[0], (int)inputIds.shape[1]);
        ReadOnlySpan<long> ids = Values<long>(inputIds, ScalarType.Int64), types = tokenTypeIds is null ? default : Values<long>(tokenTypeIds, ScalarType.Int64);
        ReadOnlySpan<byte> real = attentionMask is null ? default : Values<byte>(attentionMask, ScalarType.Bool);
        var batch = new TokenRows(rows, width, attentionMask is null ? rows * width : real.Length - System.MemoryExtensions.Count(real, (byte)0));
        int at = 0;
        for (int row = 0; row < rows; row++)
        {
            batch.Starts[row] = at;
            int counted = 0;
            for (int column = 0; column < width; column++)
            {
                int place = row * width + column;
                bool isPadding = ids[place] == config.PadTokenId;
                if (!isPadding) counted++;
                if (!real.IsEmpty && real[place] == 0) continue;
                batch.Ids[at] = Checked(ids[place], config.VocabSize, "inputIds", "a vocabulary");
                batch.Types[at] = types.IsEmpty || config.TypeVocabSize == 0 ? 0 : Checked(types[place], config.TypeVocabSize, "tokenTypeIds", "token types");
                // BERT counts from 0; RoBERTa counts the real tokens from padTokenId + 1 and leaves padTokenId to padding.
                batch.Positions[at] = config.Family != TextEncoderFamily.Roberta ? column : isPadding ? config.PadTokenId : config.PadTokenId + counted;
                batch.Places[at++] = place;
            }
        }
        batch.Starts[rows] = at;
        return batch;
    }

    private static int Checked(long value, int limit, string name, string what) => value >= 0 && value < limit
        ? (int)value
        : throw new ArgumentException($"{name} holds {value}; expected {what} of {limit}: 0 to {limit - 1}.", name);

    private static ReadOnlySpan<T> Values<T>(Tensor tensor, ScalarType type) where T : unmanaged => MemoryMarshal.Cast<byte, T>(tensor.to(type).contiguous().bytes);
}
