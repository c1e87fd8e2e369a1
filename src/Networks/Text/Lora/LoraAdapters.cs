using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Low-rank adapters of an encoder (LoRA, Hu et al. 2021): to chosen weights W is added (alpha / rank) B A, and only A and B learn. The encoder is not copied.
/// While the adapters are attached, its own weights have no gradients, and whatever network uses it computes with the adapters; its parameters, and so its
/// checkpoints, stay its own. The adapters' parameters are this module's: <c>layers.0.query.lora_A</c> and so on.
/// </summary>
/// <remarks>Device and type are those of the encoder when the adapters are made. Who moves the one moves the other: <c>to</c> on both, or on a module that has both.</remarks>
public sealed class LoraAdapters : nn.Module
{
    private readonly ModuleList<LoraLayer> layers;
    private LoraAttachment? _attachment;

    /// <summary>Makes adapters that change nothing yet and attaches them.</summary>
    /// <param name="encoder">The encoder; it stays its owner's.</param>
    /// <param name="options">Rank and places; null = the defaults.</param>
    /// <param name="seed">Seed of the weights; null = 0. The global random state is neither read nor changed.</param>
    /// <exception cref="ArgumentException">The options do not make adapters.</exception>
    /// <exception cref="InvalidOperationException">The encoder has adapters already.</exception>
    public LoraAdapters(TextEncoder encoder, LoraOptions? options = null, long? seed = null) : base(nameof(LoraAdapters))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        Options = options ?? new LoraOptions();
        Options.Validate();
        if (LoraAttachment.IsOn(encoder)) throw new InvalidOperationException("The encoder has adapters already; expected none. Merge or detach them first.");
        Tensor like = encoder.WordEmbeddingWeight;
        using (var construction = new ConstructionScope())
        {
            using var generator = new Generator((ulong)((seed ?? 0) + 5));
            layers = [.. Enumerable.Range(0, encoder.Config.LayerCount).Select(layer => new LoraLayer(encoder.Config, layer, Options, generator))];
            RegisterComponents();
            construction.Keep(this);
        }
        this.to(like.device, like.dtype);
        _attachment = new LoraAttachment(encoder, layers, Options);
    }

    /// <summary>What the adapters were made with.</summary>
    public LoraOptions Options { get; }

    /// <summary>Whether the encoder computes with the adapters.</summary>
    public bool IsAttached => _attachment is not null;

    /// <summary>Adds the updates to the encoder's weights and detaches: the encoder computes the same as before, at its plain cost. The adapters keep their weights.</summary>
    /// <exception cref="InvalidOperationException">The adapters are not attached.</exception>
    public void Merge()
    {
        if (_attachment is null) throw new InvalidOperationException("The adapters are not attached, so there is nothing to merge into; they were merged or detached before.");
        _attachment.Merge();
        Detach();
    }

    /// <summary>Takes the adapters out of the encoder, which is then what it was before them. Does nothing where they are out.</summary>
    public void Detach()
    {
        _attachment?.Detach();
        _attachment = null;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) Detach();
        base.Dispose(disposing);
    }
}
