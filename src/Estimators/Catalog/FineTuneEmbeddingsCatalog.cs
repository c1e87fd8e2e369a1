using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds the fine-tuning of sentence vectors to <c>mlContext.Transforms.Text</c>.</summary>
public static class FineTuneEmbeddingsCatalog
{
    /// <summary>Fine-tunes an encoder on pairs of texts that belong together, so that the cosine of two texts' vectors says how well they fit. Hand the fitted transformer to <c>EncodeText</c> for other columns, or to <c>FineTuneText</c>, or save it as a checkpoint.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the encoder's hidden size, the vector of <paramref name="inputColumnName"/>.</param>
    /// <param name="inputColumnName">Text column to read, such as questions.</param>
    /// <param name="pairColumnName">Text column of the partners, such as answers; read in training only.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text may have.</param>
    /// <example>
    /// <code>
    /// var encoder = ml.Transforms.Text.FineTuneEmbeddings("Vector", "Question", "Answer", "models/minilm").Fit(pairs);
    /// var answers = ml.Transforms.Text.EncodeText("Vector", "Answer", encoder, normalize: true).Fit(pairs).Transform(pairs);
    /// </code>
    /// </example>
    public static FineTuneEmbeddingsEstimator FineTuneEmbeddings(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName,
        string pairColumnName,
        TextEncoderSource encoder,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) => catalog.FineTuneEmbeddings(outputColumnName, inputColumnName, pairColumnName, encoder, new FineTuneEmbeddingsOptions
        {
            Epochs = epochs,
            LearningRate = learningRate,
            MaxLength = maxLength,
        });

    /// <summary>Fine-tunes an encoder on pairs of texts, with every knob: other losses, hard negatives, pooling, training.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the encoder's hidden size, the vector of <paramref name="inputColumnName"/>.</param>
    /// <param name="inputColumnName">Text column to read.</param>
    /// <param name="pairColumnName">Text column of the partners; read in training only.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Loss, limits, training.</param>
    public static FineTuneEmbeddingsEstimator FineTuneEmbeddings(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName,
        string pairColumnName,
        TextEncoderSource encoder,
        FineTuneEmbeddingsOptions options) => new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, pairColumnName, encoder, options);
}
