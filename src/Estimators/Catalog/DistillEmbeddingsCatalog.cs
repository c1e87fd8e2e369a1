using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds students of text vectors to <c>mlContext.Transforms.Text</c>.</summary>
public static class DistillEmbeddingsCatalog
{
    /// <summary>Teaches a small encoder the text vectors of a fitted pipeline, and, where there are translations, to give them the vectors of what they translate (Reimers and Gurevych 2020).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the student's hidden size.</param>
    /// <param name="inputColumnName">Text column to read.</param>
    /// <param name="teacher">A fitted encoder; any other fitted pipeline with a column of vectors, <c>DistillationTeacher.Of(pipeline, "Vector")</c>; or a column of the data with vectors that were made before. At least as wide as the student: of wider ones the principal components are learnt. It is asked once a row, in <c>Fit</c>.</param>
    /// <param name="student">A checkpoint directory, a fitted encoder, layers of the teacher (<see cref="TextEncoderSource.WithLayers"/>), or <see cref="ScratchEncoder"/>. It may have a vocabulary of its own.</param>
    /// <param name="translationColumnName">Text column of translations, which may be empty; null = there are none.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text may have.</param>
    /// <example>
    /// <code>
    /// var half = ml.Transforms.Text.DistillEmbeddings("Vector", "Text", teacher, TextEncoderSource.FromTransformer(teacher).WithLayers(3)).Fit(texts);
    /// var german = ml.Transforms.Text.DistillEmbeddings("Vector", "English", teacher, "models/multilingual", "German").Fit(pairs);
    /// </code>
    /// </example>
    public static DistillEmbeddingsEstimator DistillEmbeddings(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName,
        DistillationTeacher teacher,
        TextEncoderSource student,
        string? translationColumnName = null,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) => catalog.DistillEmbeddings(outputColumnName, inputColumnName, teacher, student, new DistillEmbeddingsOptions
        {
            TranslationColumnName = translationColumnName,
            Epochs = epochs,
            LearningRate = learningRate,
            MaxLength = maxLength,
        });

    /// <summary>Teaches an encoder the text vectors of a fitted pipeline, with every knob: loss, pooling, training.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the student's hidden size.</param>
    /// <param name="inputColumnName">Text column to read.</param>
    /// <param name="teacher">A fitted encoder, another fitted pipeline with a column of vectors, or a column of the data. At least as wide as the student.</param>
    /// <param name="student">A checkpoint directory, a fitted encoder, layers of the teacher, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Translations, loss, limits, training.</param>
    public static DistillEmbeddingsEstimator DistillEmbeddings(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName,
        DistillationTeacher teacher,
        TextEncoderSource student,
        DistillEmbeddingsOptions options) => new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, teacher, student, options);
}
