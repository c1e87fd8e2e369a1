using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MLNet.Pretrain.Networks.Engine;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>Word + position + token type embeddings and their norm, a token at a time, in the network's own number format.</summary>
/// <param name="abi">libtorch.</param>
/// <param name="embeddings">Whose weights are read, where they are.</param>
internal sealed class EmbeddingRows<TFormat>(TorchAbi abi, Embeddings embeddings) where TFormat : struct, INumberFormat
{
    private readonly RowNorm _norm = RowNorm.Of(embeddings.Norm, embeddings.Config.LayerNormEpsilon);

    /// <summary>Writes [tokens, stride], zeros behind the H numbers of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Write(TokenRows tokens, void* to, int stride)
    {
        int width = _norm.Width;
        void* words = abi.Data(embeddings.WordWeight), positions = abi.Data(embeddings.PositionWeight), types = embeddings.TypeWeight is { } weight ? abi.Data(weight) : null;
        for (int token = 0; token < tokens.Count; token++)
        {
            (nint word, nint position, nint type, nint at) = ((nint)tokens.Ids[token] * width, (nint)tokens.Positions[token] * width, (nint)tokens.Types[token] * width, (nint)token * stride);
            int i = 0;
            for (; i + Vector512<float>.Count <= width; i += Vector512<float>.Count)
            {
                Vector512<float> sum = TFormat.Load(words, word + i) + TFormat.Load(positions, position + i);
                TFormat.Store(to, at + i, types is null ? sum : sum + TFormat.Load(types, type + i));
            }
            for (; i < width; i++)
                TFormat.Set(to, at + i, TFormat.Get(words, word + i) + TFormat.Get(positions, position + i) + (types is null ? 0 : TFormat.Get(types, type + i)));
            for (; i < stride; i++) TFormat.Set(to, at + i, 0);
        }
        _norm.Apply<TFormat>(to, to, tokens.Count, stride);
    }
}
