using MLNet.Pretrain.Networks.Engine;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>What a forward pass writes between its products, kept for the next one. Belongs to one pass at a time.</summary>
internal sealed class EngineBuffers : IDisposable
{
    /// <summary>The state of each token, [tokens, H].</summary>
    public NativeBuffer States { get; } = new();

    /// <summary>What attention gives, [tokens, heads x size of a head].</summary>
    public NativeBuffer Context { get; } = new();

    /// <summary>States in 8 bits.</summary>
    public NativeBuffer Bytes { get; } = new();

    /// <summary>How each row of <see cref="Bytes"/> is read.</summary>
    public NativeBuffer Scales { get; } = new();

    /// <summary>As <see cref="Bytes"/>, of what is wider or comes between.</summary>
    public NativeBuffer InnerBytes { get; } = new();

    /// <summary>How each row of <see cref="InnerBytes"/> is read.</summary>
    public NativeBuffer InnerScales { get; } = new();

    public AttentionKernel Attention { get; } = new();

    public void Dispose()
    {
        foreach (IDisposable buffer in (IDisposable[])[States, Context, Bytes, Scales, InnerBytes, InnerScales, Attention]) buffer.Dispose();
    }
}
