using Microsoft.ML;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>How large a fitted encoder is, its head included.</summary>
/// <param name="Parameters">Weights.</param>
/// <param name="Vocabulary">Tokens.</param>
/// <param name="Layers">Transformer layers.</param>
/// <param name="Heads">Attention heads of all layers together.</param>
/// <param name="Bytes">The size of the file that <c>MLContext.Model.Save</c> writes.</param>
public sealed record ModelSize(long Parameters, int Vocabulary, int Layers, int Heads, long Bytes)
{
    internal static ModelSize Of<TNetwork>(TextModel<TNetwork> model, ITransformer transformer, DataViewSchema schema) where TNetwork : TorchSharp.torch.nn.Module
    {
        TextEncoderConfig config = model.Config.Encoder;
        (long? bytes, string? error) = CostMeter.SavedSize(transformer, schema);
        return new(
            TextModel<TNetwork>.Parameters(model.Network, model.Heads).Sum(p => p.Parameter.numel()),
            config.VocabSize,
            config.LayerCount,
            Enumerable.Range(0, config.LayerCount).Sum(layer => config.HeadsOf(layer).Length),
            bytes ?? throw new InvalidOperationException($"The model could not be saved: {error}"));
    }

    internal static ModelSize Of(ITextPredictor model, ITransformer transformer, DataViewSchema schema) => model is EncoderPredictor predictor
        ? Of(predictor.TextModel, transformer, schema)
        : throw new ArgumentException($"A {model.Owner} has no encoder; expected a transformer that was fitted by FineTuneText.");
}
