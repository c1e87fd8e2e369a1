using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>A matrix that a kernel reads.</summary>
internal interface IRowSource
{
    /// <summary>Sixteen numbers of a row from a column on.</summary>
    Vector512<float> Load(nint row, nint column);

    float Get(nint row, nint column);
}

/// <summary>Numbers as they are.</summary>
/// <param name="data">[rows, columns]</param>
/// <param name="columns">Numbers of a row.</param>
internal readonly unsafe struct PlainRows<TFormat>(void* data, nint columns) : IRowSource where TFormat : struct, INumberFormat
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Load(nint row, nint column) => TFormat.Load(data, row * columns + column);

    public float Get(nint row, nint column) => TFormat.Get(data, row * columns + column);
}

/// <summary>What a product of 8-bit numbers stands for: <c>scale (sum - zero columnSum) + bias</c>, with scale and zero of the row.</summary>
/// <param name="sums">[rows, columns], each column times its scale.</param>
/// <param name="rows">Scale, and scale times zero, of each row.</param>
/// <param name="columns">Numbers of a row.</param>
/// <param name="columnSums">[columns], the sum of a column's weights.</param>
/// <param name="bias">[columns]</param>
internal readonly unsafe struct DequantizedRows(float* sums, RowScale* rows, nint columns, float* columnSums, float* bias) : IRowSource
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<float> Load(nint row, nint column)
    {
        RowScale scale = rows[row];
        Vector512<float> offset = Vector512.FusedMultiplyAdd(Vector512.Load(columnSums + column), Vector512.Create(-scale.ScaledZero), Vector512.Load(bias + column));
        return Vector512.FusedMultiplyAdd(Vector512.Load(sums + row * columns + column), Vector512.Create(scale.Scale), offset);
    }

    public float Get(nint row, nint column) => sums[row * columns + column] * rows[row].Scale - columnSums[column] * rows[row].ScaledZero + bias[column];
}

/// <summary>How the 8-bit numbers of a row are to be read: <c>Scale q - ScaledZero</c>.</summary>
/// <param name="Scale">What a step is worth.</param>
/// <param name="ScaledZero">What 0 is written as, times the scale.</param>
internal readonly record struct RowScale(float Scale, float ScaledZero);
