using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A network that predicts something of a text, with what makes its ids, as a <see cref="TextPrediction"/> runs it and saves it. Owns the network's native memory.</summary>
internal interface ITextPredictor : IDisposable
{
    /// <summary>How the kind is written in a saved model.</summary>
    string Kind { get; }

    /// <summary>Its trainer, for messages.</summary>
    string Owner { get; }

    /// <summary>From input ids [B, T], attention mask and token types (null = all 1, all 0) to logits [B, K].</summary>
    nn.Module<Tensor, Tensor?, Tensor?, Tensor> Network { get; }

    /// <summary>The same network, entered behind its embeddings.</summary>
    IEmbeddedTextNetwork EmbeddedNetwork { get; }

    /// <summary>The token that hides a word; null where there is none.</summary>
    int? MaskTokenId { get; }

    ISequenceEncoder Encoder { get; }

    /// <summary>The classes, in the order of the logits; null where a checkpoint names none. A regression has one output.</summary>
    IReadOnlyList<string>? Labels { get; }

    /// <summary>Ids a row may have: the wanted limit, or the network's where 0.</summary>
    /// <exception cref="ArgumentException">The network takes fewer.</exception>
    int ResolveMaxLength(int wanted);

    /// <param name="directory">Made where absent.</param>
    /// <param name="weights">Number format.</param>
    /// <param name="problemType">See <see cref="IPredictionColumns.ProblemType"/>; of no use to files that are not Hugging Face's.</param>
    void Save(string directory, WeightType weights, string? problemType);
}
