using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// An encoder with a classification head, each family's own: BERT classifies the pooled first token, DistilBERT puts a dense ReLU layer
/// before, RoBERTa a dense tanh layer. An encoder of BERT's family without a pooler classifies the mean over the real tokens.
/// </summary>
public sealed class SequenceClassifier : nn.Module<Tensor, Tensor?, Tensor?, Tensor>, IEmbeddedTextNetwork
{
    private readonly TextEncoder encoder;
    private readonly Linear? pre_classifier, dense, classifier, out_proj;
    private readonly FastDropout _dropout;

    /// <summary>Adds a head with random weights to an encoder, which then belongs to this network.</summary>
    /// <param name="encoder">The encoder.</param>
    /// <param name="classCount">Classes, 2 or more; 1 = a number is predicted.</param>
    /// <param name="dropout">Dropout before the last layer, in [0, 1).</param>
    /// <param name="seed">Seed of the head's weights; null = 0.</param>
    public SequenceClassifier(TextEncoder encoder, int classCount, double dropout, long? seed = null) : base(nameof(SequenceClassifier))
    {
        ArgumentNullException.ThrowIfNull(encoder);
        if (classCount < 1) throw new ArgumentException($"classCount is {classCount}; expected 1 or more.", nameof(classCount));
        this.encoder = encoder;
        ClassCount = classCount;
        int hidden = encoder.Config.HiddenSize;
        using var construction = new ConstructionScope();
        _dropout = new FastDropout(dropout);
        switch (encoder.Config.Family)
        {
            case TextEncoderFamily.Roberta:
                dense = UnsetLayers.Linear(hidden, hidden);
                out_proj = UnsetLayers.Linear(hidden, classCount);
                break;
            case TextEncoderFamily.DistilBert:
                pre_classifier = UnsetLayers.Linear(hidden, hidden);
                classifier = UnsetLayers.Linear(hidden, classCount);
                break;
            default:
                classifier = UnsetLayers.Linear(hidden, classCount);
                break;
        }
        RegisterComponents();
        construction.Keep(this);
        foreach (Linear? layer in (Linear?[])[pre_classifier, dense, classifier, out_proj])
            if (layer is not null) WeightInitializer.Initialize(layer, encoder.Config.InitializerRange, (seed ?? 0) + 1);
    }

    /// <summary>The encoder under the head.</summary>
    public TextEncoder Encoder => encoder;

    /// <summary>The last layer.</summary>
    internal Linear LastLayer => out_proj ?? classifier!;

    /// <summary>Classes; 1 = a number.</summary>
    public int ClassCount { get; }

    /// <summary>The logits of each class. Parameters as <see cref="TextEncoder.forward"/>.</summary>
    /// <returns>[B, K]</returns>
    public override Tensor forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor hidden = encoder.forward(inputIds, attentionMask, tokenTypeIds);
        return Head(hidden, attentionMask).MoveToOuterDisposeScope();
    }

    /// <summary>The logits, and what is kept of the encoder's run that they come from.</summary>
    /// <param name="inputIds">[B, T] int64.</param>
    /// <param name="attentionMask">As in <see cref="TextEncoder.forward"/>.</param>
    /// <param name="tokenTypeIds">As in <see cref="TextEncoder.forward"/>.</param>
    /// <param name="parts">What is kept.</param>
    /// <returns>[B, K], and the trace; both in the caller's dispose scope.</returns>
    internal (Tensor Logits, EncoderTrace Trace) Trace(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds, EncoderTraceParts parts)
    {
        EncoderTrace trace = encoder.Trace(inputIds, attentionMask, tokenTypeIds, parts);
        using DisposeScope scope = NewDisposeScope();
        return (Head(trace.Last, attentionMask).MoveToOuterDisposeScope(), trace);
    }

    Tensor IEmbeddedTextNetwork.Embed(Tensor inputIds, Tensor placeIds, Tensor? tokenTypeIds) => encoder.Embed(inputIds, placeIds, tokenTypeIds);

    Tensor IEmbeddedTextNetwork.FromEmbeddings(Tensor embeddings)
    {
        using DisposeScope scope = NewDisposeScope();
        return Head(encoder.FromEmbeddings(embeddings), null).MoveToOuterDisposeScope();
    }

    IEmbeddedTextNetwork IEmbeddedTextNetwork.CopyInFloat32() => this.CopyInFloat32(() => new SequenceClassifier(new TextEncoder(encoder.Config), ClassCount, 0));

    private Tensor Head(Tensor hidden, Tensor? attentionMask)
    {
        Tensor first = hidden.select(1, 0);   // [B, H]
        if (out_proj is not null) return out_proj.forward(_dropout.forward(dense!.forward(_dropout.forward(first)).tanh()));
        if (pre_classifier is not null) return classifier!.forward(_dropout.forward(pre_classifier.forward(first).relu()));
        return classifier!.forward(_dropout.forward(encoder.Config.HasPooler ? encoder.Pool(hidden) : Mean(hidden, attentionMask)));
    }

    private static Tensor Mean(Tensor hidden, Tensor? attentionMask)
    {
        if (attentionMask is null) return hidden.mean([1]);
        Tensor weights = attentionMask.to(hidden.dtype).unsqueeze(-1);   // [B, T, 1]
        return (hidden * weights).sum(1) / weights.sum(1);
    }
}
