using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds pretrained text encoders to <c>mlContext.Transforms.Text</c>.</summary>
public static class EncodeTextCatalog
{
    /// <summary>Turns a text column into sentence vectors with a pretrained encoder.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the encoder's hidden size.</param>
    /// <param name="inputColumnName">Text column to read.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="pooling">How token vectors become the text's vector.</param>
    /// <param name="normalize">Whether vectors are scaled to Euclidean length 1.</param>
    /// <param name="maxLength">The most tokens a text may have, special tokens included; 0 = the encoder's limit.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Text.EncodeText("Features", "Text", "models/minilm")
    ///     .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
    /// </code>
    /// </example>
    public static TextEncoderEstimator EncodeText(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName,
        TextEncoderSource encoder,
        Pooling pooling = Pooling.Mean,
        bool normalize = false,
        int maxLength = 0) => catalog.EncodeText(encoder, new TextEncodingOptions
        {
            OutputColumnName = outputColumnName,
            InputColumnName = inputColumnName,
            Pooling = pooling,
            Normalize = normalize,
            MaxLength = maxLength,
        });

    /// <summary>Turns text columns into vectors with a pretrained encoder, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, pooling, layers, limits, device, precision.</param>
    public static TextEncoderEstimator EncodeText(this TransformsCatalog.TextTransforms catalog, TextEncoderSource encoder, TextEncodingOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options);
}
