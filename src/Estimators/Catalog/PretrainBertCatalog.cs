using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds the pretraining of encoders to <c>mlContext.Transforms.Text</c>.</summary>
public static class PretrainBertCatalog
{
    /// <summary>Pretrains an encoder on a text column and turns each text into a vector. Hand the fitted transformer to <c>FineTuneText</c> or <c>EncodeText</c>, or save it as a checkpoint.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the encoder's hidden size.</param>
    /// <param name="inputColumnName">Text column to read.</param>
    /// <param name="encoder">A <see cref="ScratchEncoder"/>, a checkpoint directory or a fitted encoder that goes on learning; default null: 4 layers x 256 from scratch.</param>
    /// <param name="epochs">Passes over the texts.</param>
    /// <example>
    /// <code>
    /// var bert = ml.Transforms.Text.PretrainBert("Features", "Text").Fit(unlabelled);
    /// bert.SaveCheckpoint("models/ours");
    /// var tuned = ml.MulticlassClassification.Trainers.FineTuneText("Label", "Text", encoder: bert);
    /// </code>
    /// </example>
    public static PretrainBertEstimator PretrainBert(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, TextEncoderSource? encoder = null, double epochs = 10) =>
        catalog.PretrainBert(outputColumnName, inputColumnName, new PretrainBertOptions { Encoder = encoder, Epochs = epochs });

    /// <summary>Pretrains an encoder on a text column, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the encoder's hidden size.</param>
    /// <param name="inputColumnName">Text column to read.</param>
    /// <param name="options">Encoder, packing, masking, training.</param>
    public static PretrainBertEstimator PretrainBert(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, PretrainBertOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, options);
}
