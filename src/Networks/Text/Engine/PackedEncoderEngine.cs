using System.Collections.Concurrent;
using MLNet.Pretrain.Networks.Engine;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text.Engine;

/// <summary>
/// The encoder on an x64 processor with AVX-512: weights packed once for oneDNN, real tokens alone, everything between the products in vectors of our own, buffers used
/// again. A pass runs on the caller's thread; oneDNN's products take the threads that libtorch has there.
/// </summary>
/// <typeparam name="TFormat">Number format of the states.</typeparam>
internal sealed unsafe class PackedEncoderEngine<TFormat> : IEncoderEngine where TFormat : struct, INumberFormat
{
    private readonly TorchAbi _abi;
    private readonly TextEncoderConfig _config;
    private readonly EmbeddingRows<TFormat> _embeddings;
    private readonly IEngineLayer[] _layers;
    private readonly Action<EngineBuffers, TokenRows>? _begin;
    private readonly int _stride;
    private readonly ConcurrentBag<EngineBuffers> _buffers = [];

    /// <param name="abi">libtorch.</param>
    /// <param name="embeddings">The encoder's.</param>
    /// <param name="layers">Its layers; then belong to the engine.</param>
    /// <param name="stride">Numbers from one token's state to the next's.</param>
    /// <param name="description">See <see cref="Description"/>.</param>
    /// <param name="begin">What is to be done to the states before the first layer.</param>
    public PackedEncoderEngine(TorchAbi abi, Embeddings embeddings, IEngineLayer[] layers, int stride, string description, Action<EngineBuffers, TokenRows>? begin = null)
    {
        (_abi, _config, _layers, _stride, Description, _begin) = (abi, embeddings.Config, layers, stride, description, begin);
        _embeddings = new EmbeddingRows<TFormat>(abi, embeddings);
    }

    public string Description { get; }

    public Tensor Last(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        Tensor? last = null;
        Run(inputIds, attentionMask, tokenTypeIds, (depth, states, tokens) => last = depth == _layers.Length ? Spread(states, tokens) : null);
        return last!;
    }

    public IReadOnlyList<Tensor> All(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        var all = new List<Tensor>();
        Run(inputIds, attentionMask, tokenTypeIds, (_, states, tokens) => all.Add(Spread(states, tokens)));
        return all;
    }

    public void Dispose()
    {
        foreach (IEngineLayer layer in _layers) layer.Dispose();
        while (_buffers.TryTake(out EngineBuffers? buffers)) buffers.Dispose();
    }

    private void Run(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds, AtDepth atDepth)
    {
        TokenRows tokens;
        using (NewDisposeScope()) tokens = TokenRows.Of(_config, inputIds, attentionMask, tokenTypeIds);
        EngineBuffers buffers = _buffers.TryTake(out EngineBuffers? used) ? used : new EngineBuffers();
        try
        {
            byte* states = buffers.States.Take<byte>((long)tokens.ProductRows * _stride * TFormat.Size);
            _embeddings.Write(tokens, states, _stride);
            atDepth(0, states, tokens);
            _begin?.Invoke(buffers, tokens);
            for (int layer = 0; layer < _layers.Length; layer++)
            {
                if (tokens.Count > 0) _layers[layer].Run(buffers, tokens);
                atDepth(layer + 1, states, tokens);
            }
        }
        finally
        {
            _buffers.Add(buffers);
        }
    }

    // Back to [B, T, H], zeros where a row is padded.
    private Tensor Spread(byte* states, TokenRows tokens)
    {
        long[] shape = [tokens.Rows, tokens.Width, _config.HiddenSize];
        bool isPadded = tokens.Count < tokens.Rows * tokens.Width;
        Tensor spread = isPadded ? zeros(shape, TFormat.Type) : empty(shape, TFormat.Type);
        byte* to = (byte*)_abi.Data(spread);
        nint bytes = (nint)_config.HiddenSize * TFormat.Size, step = (nint)_stride * TFormat.Size;
        for (int token = 0; token < tokens.Count; token++) Buffer.MemoryCopy(states + token * step, to + tokens.Places[token] * bytes, bytes, bytes);
        return spread;
    }

    private delegate void AtDepth(int depth, byte* states, TokenRows tokens);
}
