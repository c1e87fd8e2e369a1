using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Hidden states to one vector a text.</summary>
internal static class TextPooler
{
    /// <summary>The hidden states that the options choose.</summary>
    /// <returns>[B, T, H]</returns>
    public static Tensor Select(TextEncoder network, TextEncodingOptions options, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        if (options.Layer == -1 && options.AveragedLayers == 1) return network.forward(inputIds, attentionMask, tokenTypeIds);
        IReadOnlyList<Tensor> states = network.HiddenStates(inputIds, attentionMask, tokenTypeIds);
        int last = LayerIndex(options, network.Config);
        Tensor sum = states[last];
        for (int i = 1; i < options.AveragedLayers; i++) sum = sum.Plus(states[last - i]);
        return options.AveragedLayers == 1 ? sum : sum.Over(options.AveragedLayers);
    }

    /// <summary>Pools [B, T, H] to [B, H] over the real tokens.</summary>
    public static Tensor Pool(TextEncoder network, TextEncodingOptions options, Tensor hidden, Tensor? attentionMask)
    {
        Tensor pooled = options.Pooling switch
        {
            Pooling.Cls => hidden.select(1, 0),
            Pooling.Pooler => network.Pool(hidden),
            Pooling.Max when attentionMask is null => hidden.amax([1]),
            Pooling.Max => hidden.Masked(attentionMask.logical_not().unsqueeze(-1), float.NegativeInfinity).amax([1]),
            Pooling.Mean when attentionMask is null => hidden.mean([1]),
            Pooling.Mean => Mean(hidden, attentionMask),
            _ => throw new ArgumentException($"Pooling is {options.Pooling}; expected one of {string.Join(", ", Enum.GetNames<Pooling>())}."),
        };
        if (!options.Normalize) return pooled;
        pooled = pooled.to(float32);
        return pooled / pooled.norm(1, keepdim: true).AtLeast(1e-12);
    }

    /// <summary>The index into the hidden states, 0 = embeddings, checked against the network.</summary>
    public static int LayerIndex(TextEncodingOptions options, TextEncoderConfig config)
    {
        int states = config.LayerCount + 1;
        int index = options.Layer < 0 ? states + options.Layer : options.Layer;
        if (index < 0 || index >= states)
            throw new ArgumentException($"Layer is {options.Layer}, but the encoder has {config.LayerCount} layers; expected -{states} to {config.LayerCount} (0 = embeddings, -1 = last).");
        if (options.AveragedLayers > index + 1)
            throw new ArgumentException($"AveragedLayers is {options.AveragedLayers}, but only {index + 1} hidden states end with layer {index} (embeddings included); lower it.");
        return index;
    }

    private static Tensor Mean(Tensor hidden, Tensor attentionMask)
    {
        // In float32: a sum over 512 bf16 values would lose what the mean needs.
        Tensor weights = attentionMask.unsqueeze(-1).to(float32);
        return (hidden.to(float32) * weights).sum(1) / weights.sum(1);
    }
}
