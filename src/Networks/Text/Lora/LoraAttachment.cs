using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Adapters at work in an encoder whose own weights do not learn meanwhile.</summary>
internal sealed class LoraAttachment
{
    private readonly TextEncoder _encoder;
    private readonly List<AdaptableLinear> _adapted = [];
    private readonly HashSet<string> _frozen = [];

    public LoraAttachment(TextEncoder encoder, IEnumerable<LoraLayer> layers, LoraOptions options)
    {
        _encoder = encoder;
        foreach ((AdaptableLinear linear, LoraPair?[] pairs) in layers.Zip(encoder.Layers, (adapters, layer) => adapters.Match(layer)).SelectMany(match => match))
        {
            if (pairs.All(pair => pair is null)) continue;
            linear.Update = new LoraUpdate(pairs, options.Alpha / options.Rank, options.Dropout);
            _adapted.Add(linear);
        }
        foreach ((string name, Parameter parameter) in encoder.named_parameters())
        {
            if (!parameter.requires_grad) continue;
            parameter.requires_grad = false;
            _frozen.Add(name);
        }
    }

    /// <summary>Whether adapters are at work in an encoder.</summary>
    public static bool IsOn(TextEncoder encoder) => encoder.Layers.Any(layer => layer.Linears.Any(linear => linear.Update is not null));

    public void Merge()
    {
        using IDisposable _ = no_grad();
        foreach (AdaptableLinear linear in _adapted) linear.Update!.MergeInto(linear.Weight);
    }

    /// <summary>Takes the adapters out, and what learned before learns again.</summary>
    public void Detach()
    {
        foreach (AdaptableLinear linear in _adapted) linear.Update = null;
        // An encoder that is gone needs nothing.
        foreach ((string name, Parameter parameter) in _encoder.named_parameters())
            if (_frozen.Contains(name) && !parameter.IsInvalid) parameter.requires_grad = true;
    }
}
