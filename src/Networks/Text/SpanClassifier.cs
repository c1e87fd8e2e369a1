using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>An encoder that points at a span, such as the answer to a question (Devlin et al. 2018, section 4.2): each token scores as the span's start and as its end.</summary>
public sealed class SpanClassifier : nn.Module<Tensor, Tensor?, Tensor?, (Tensor Starts, Tensor Ends)>
{
    private readonly TextEncoder encoder;
    private readonly Linear qa_outputs;

    /// <summary>Adds a head with random weights to an encoder, which then belongs to this network.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="seed">Seed of the head's weights; null = 0.</param>
    public SpanClassifier(TextEncoder encoder, long? seed = null) : base(nameof(SpanClassifier))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        this.encoder = encoder;
        using var construction = new ConstructionScope();
        qa_outputs = UnsetLayers.Linear(encoder.Config.HiddenSize, 2);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Initialize(qa_outputs, encoder.Config.InitializerRange, (seed ?? 0) + 1);
    }

    /// <summary>The encoder under the head.</summary>
    public TextEncoder Encoder => encoder;

    /// <summary>The logits of each token as start and as end. Parameters as <see cref="TextEncoder.forward"/>.</summary>
    /// <returns>Two tensors [B, T]; minus infinity at padding.</returns>
    public override (Tensor Starts, Tensor Ends) forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits = qa_outputs.forward(encoder.forward(inputIds, attentionMask, tokenTypeIds));   // [B, T, 2]
        if (attentionMask is not null) logits = logits.Masked(attentionMask.to(@bool).logical_not().unsqueeze(-1), double.NegativeInfinity);
        Tensor[] parts = logits.unbind(-1);
        return (parts[0].MoveToOuterDisposeScope(), parts[1].MoveToOuterDisposeScope());
    }

    /// <summary>The mean of the cross-entropies of starts and of ends, each over the tokens of a row.</summary>
    /// <param name="logits">What <see cref="forward"/> gave, in any type.</param>
    /// <param name="starts">[B] int64: the token that the span starts with, in [0, T) and not padding.</param>
    /// <param name="ends">[B] int64: the token that it ends with.</param>
    /// <returns>A float32 scalar, the mean over rows.</returns>
    public static Tensor Loss((Tensor Starts, Tensor Ends) logits, Tensor starts, Tensor ends)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor ofStarts = nn.functional.cross_entropy(logits.Starts.to(float32), starts), ofEnds = nn.functional.cross_entropy(logits.Ends.to(float32), ends);
        return ofStarts.Plus(ofEnds).Over(2).MoveToOuterDisposeScope();
    }
}
