using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MLNet.Pretrain.Networks.Engine;

/// <summary>The product that attention is made of: eight rows by a panel of 32 columns, held in sixteen registers.</summary>
internal static unsafe class RowBlockProduct
{
    /// <summary>Rows of a block.</summary>
    public const int Rows = 8;

    /// <summary>Columns of a panel.</summary>
    public const int Columns = 32;

    /// <summary>c = a b.</summary>
    /// <param name="a">[<see cref="Rows"/>, depth], rows <paramref name="aStride"/> numbers apart.</param>
    /// <param name="aStride">See <paramref name="a"/>.</param>
    /// <param name="b">[depth, <see cref="Columns"/>]</param>
    /// <param name="depth">Terms of a sum.</param>
    /// <param name="c">[<see cref="Rows"/>, <see cref="Columns"/>], rows <paramref name="cStride"/> numbers apart.</param>
    /// <param name="cStride">See <paramref name="c"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(float* a, nint aStride, float* b, nint depth, float* c, nint cStride)
    {
        float* a1 = a + aStride, a2 = a1 + aStride, a3 = a2 + aStride, a4 = a3 + aStride, a5 = a4 + aStride, a6 = a5 + aStride, a7 = a6 + aStride;
        Vector512<float> l0 = default, l1 = default, l2 = default, l3 = default, l4 = default, l5 = default, l6 = default, l7 = default;
        Vector512<float> h0 = default, h1 = default, h2 = default, h3 = default, h4 = default, h5 = default, h6 = default, h7 = default;
        for (nint k = 0; k < depth; k++, b += Columns)
        {
            Vector512<float> low = Vector512.LoadAligned(b), high = Vector512.LoadAligned(b + 16);
            Vector512<float> x = Vector512.Create(a[k]);
            (l0, h0) = (Vector512.FusedMultiplyAdd(x, low, l0), Vector512.FusedMultiplyAdd(x, high, h0));
            x = Vector512.Create(a1[k]);
            (l1, h1) = (Vector512.FusedMultiplyAdd(x, low, l1), Vector512.FusedMultiplyAdd(x, high, h1));
            x = Vector512.Create(a2[k]);
            (l2, h2) = (Vector512.FusedMultiplyAdd(x, low, l2), Vector512.FusedMultiplyAdd(x, high, h2));
            x = Vector512.Create(a3[k]);
            (l3, h3) = (Vector512.FusedMultiplyAdd(x, low, l3), Vector512.FusedMultiplyAdd(x, high, h3));
            x = Vector512.Create(a4[k]);
            (l4, h4) = (Vector512.FusedMultiplyAdd(x, low, l4), Vector512.FusedMultiplyAdd(x, high, h4));
            x = Vector512.Create(a5[k]);
            (l5, h5) = (Vector512.FusedMultiplyAdd(x, low, l5), Vector512.FusedMultiplyAdd(x, high, h5));
            x = Vector512.Create(a6[k]);
            (l6, h6) = (Vector512.FusedMultiplyAdd(x, low, l6), Vector512.FusedMultiplyAdd(x, high, h6));
            x = Vector512.Create(a7[k]);
            (l7, h7) = (Vector512.FusedMultiplyAdd(x, low, l7), Vector512.FusedMultiplyAdd(x, high, h7));
        }
        Store(c, l0, h0);
        Store(c + cStride, l1, h1);
        Store(c + 2 * cStride, l2, h2);
        Store(c + 3 * cStride, l3, h3);
        Store(c + 4 * cStride, l4, h4);
        Store(c + 5 * cStride, l5, h5);
        Store(c + 6 * cStride, l6, h6);
        Store(c + 7 * cStride, l7, h7);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* to, Vector512<float> low, Vector512<float> high)
    {
        low.StoreAligned(to);
        high.StoreAligned(to + 16);
    }
}
