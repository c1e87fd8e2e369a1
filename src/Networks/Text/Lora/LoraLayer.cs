using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The adapters of one Transformer layer.</summary>
internal sealed class LoraLayer : nn.Module
{
    private readonly LoraPair? query, key, value, attention_output, intermediate, output;

    public LoraLayer(TextEncoderConfig config, int layer, LoraOptions options, Generator generator) : base(nameof(LoraLayer))
    {
        (int hidden, int wide, int attention) = (config.HiddenSize, config.IntermediateSize, config.HeadsOf(layer).Length * config.HeadSize);
        query = Pair(LoraTargets.Query, hidden, attention);
        key = Pair(LoraTargets.Key, hidden, attention);
        value = Pair(LoraTargets.Value, hidden, attention);
        attention_output = Pair(LoraTargets.AttentionOutput, attention, hidden);
        intermediate = Pair(LoraTargets.Intermediate, hidden, wide);
        output = Pair(LoraTargets.Output, wide, hidden);
        RegisterComponents();

        LoraPair? Pair(LoraTargets target, int inputs, int outputs) => options.Targets.HasFlag(target) ? new LoraPair(inputs, outputs, options.Rank, generator) : null;
    }

    /// <summary>What each linear layer of the encoder's layer gets: of the fused one a pair for each third.</summary>
    public IEnumerable<(AdaptableLinear Linear, LoraPair?[] Pairs)> Match(EncoderLayer layer) =>
        ((AdaptableLinear Linear, LoraPair?[] Pairs)[])
        [
            (layer.QueryKeyValue, [query, key, value]), (layer.AttentionOutput, [attention_output]), (layer.Intermediate, [intermediate]), (layer.Output, [output]),
        ];
}
