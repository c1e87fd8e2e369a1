using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds answers to questions to <c>mlContext.MulticlassClassification.Trainers</c>, where ML.NET's own stand.</summary>
public static class FineTuneQuestionAnsweringCatalog
{
    /// <summary>Fine-tunes an encoder to cut answers out of contexts.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="questionColumnName">Column of the question.</param>
    /// <param name="contextColumnName">Column of the text that holds the answer, of any length.</param>
    /// <param name="answerColumnName">Column of the answer, as it stands in the context.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="answerStartColumnName">Column of the place of the answer's first character (Int32); null: its first occurrence.</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more for small encoders.</param>
    /// <example>
    /// <code>
    /// using QuestionAnsweringTransformer model = ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering("Question", "Context", "Answer", "models/minilm").Fit(train);
    /// Console.WriteLine(model.Answers("Who wrote it?", context)[0].Text);
    /// </code>
    /// </example>
    public static FineTuneQuestionAnsweringTrainer FineTuneQuestionAnswering(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string questionColumnName,
        string contextColumnName,
        string answerColumnName,
        TextEncoderSource encoder,
        string? answerStartColumnName = null,
        double epochs = 2,
        double learningRate = 3e-5) => catalog.FineTuneQuestionAnswering(encoder, new FineTuneQuestionAnsweringOptions
        {
            Scoring = new() { QuestionColumnName = questionColumnName, ContextColumnName = contextColumnName },
            AnswerColumnName = answerColumnName,
            AnswerStartColumnName = answerStartColumnName,
            Epochs = epochs,
            LearningRate = learningRate,
        });

    /// <summary>Fine-tunes an encoder to cut answers out of contexts, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, windows, training.</param>
    public static FineTuneQuestionAnsweringTrainer FineTuneQuestionAnswering(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TextEncoderSource encoder, FineTuneQuestionAnsweringOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options);
}
