using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A pretrained encoder with the head of a classification or a regression.</summary>
internal sealed class EncoderPredictor(TextModel<SequenceClassifier> model) : ITextPredictor
{
    public const string KindName = "encoder";

    public string Kind => KindName;

    public string Owner => "FineTuneText";

    public nn.Module<Tensor, Tensor?, Tensor?, Tensor> Network => model.Network;

    public IEmbeddedTextNetwork EmbeddedNetwork => model.Network;

    public int? MaskTokenId => model.Tokenizer.MaskTokenId;

    public ISequenceEncoder Encoder => model.Tokenizer;

    public IReadOnlyList<string>? Labels => model.Config.Labels;

    public int ResolveMaxLength(int wanted) => model.ResolveMaxLength(wanted);

    public void Save(string directory, WeightType weights) => model.Save(directory, weights);

    public void Dispose() => model.Dispose();
}
