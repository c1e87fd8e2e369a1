using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A pretrained encoder with a head for whole texts.</summary>
/// <param name="model">The network.</param>
/// <param name="owner">Its trainer, for messages.</param>
internal sealed class EncoderPredictor(TextModel<SequenceClassifier> model, string owner) : ITextPredictor
{
    public const string KindName = "encoder";

    /// <summary>The trainer of classifications and regressions.</summary>
    public const string FineTuneText = "FineTuneText";

    public string Kind => KindName;

    /// <summary>The network with its tokenizer and configuration.</summary>
    public TextModel<SequenceClassifier> TextModel => model;

    public string Owner => owner;

    public nn.Module<Tensor, Tensor?, Tensor?, Tensor> Network => model.Network;

    public IEmbeddedTextNetwork EmbeddedNetwork => model.Network;

    public int? MaskTokenId => model.Tokenizer.MaskTokenId;

    public ISequenceEncoder Encoder => model.Tokenizer;

    public IReadOnlyList<string>? Labels => model.Config.Labels;

    /// <summary>A copy of the encoder, without the head. The network must be idle.</summary>
    public TextModel<TextEncoder> CopyEncoder()
    {
        var encoder = new TextModel<TextEncoder>(model.Network.Encoder, model.Tokenizer, model.Config with { Labels = null });
        return encoder.CopyEncoder();   // the first one is the classifier's: only the copy is given away
    }

    public int ResolveMaxLength(int wanted) => model.ResolveMaxLength(wanted);

    public void Save(string directory, WeightType weights, string? problemType) => model.Save(directory, weights, problemType: problemType);

    public void Dispose() => model.Dispose();
}
