using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds sequence labelling by fine-tuned encoders to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class FineTuneTokensCatalog
{
    /// <summary>Fine-tunes an encoder to tag words.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: a vector of text or keys, one tag a word.</param>
    /// <param name="textColumnName">A vector of text with ready-made words, or text.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="scheme">The labels' scheme; null: plain tags, such as parts of speech.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens that go through the network together; longer rows are divided between words.</param>
    /// <example>
    /// <code>
    /// var tagger = ml.MulticlassClassification.Trainers.FineTuneTokens("Tags", "Words", "models/minilm", TagScheme.Bio);
    /// IReadOnlyList&lt;EntitySpan&gt; entities = tagger.Fit(train).FindEntities("Ada Lovelace was born in London.");
    /// </code>
    /// </example>
    public static FineTuneTokensTrainer FineTuneTokens(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        TextEncoderSource encoder,
        TagScheme? scheme = null,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) => catalog.FineTuneTokens(encoder, new FineTuneTokensOptions
        {
            LabelColumnName = labelColumnName,
            TextColumnName = textColumnName,
            Scheme = scheme,
            Epochs = epochs,
            LearningRate = learningRate,
            MaxLength = maxLength,
        });

    /// <summary>Fine-tunes an encoder to tag words, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, the tags' meaning, training.</param>
    public static FineTuneTokensTrainer FineTuneTokens(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TextEncoderSource encoder, FineTuneTokensOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options);
}
