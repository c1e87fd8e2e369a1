using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds students of fitted pipelines to <c>mlContext.MulticlassClassification.Trainers</c>, <c>mlContext.BinaryClassification.Trainers</c> and <c>mlContext.Regression.Trainers</c> (Hinton et al. 2015).</summary>
/// <remarks>
/// A student is fitted by the trainer of its kind, with its options; only the loss differs. The fitted model is that trainer's own: it is saved, loaded and scored
/// without the teacher.
/// </remarks>
public static class DistillTextCatalog
{
    /// <summary>Teaches a small encoder the classes of a label, as a fitted pipeline tells them.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: a key, as <c>MapValueToKey</c> makes it, or text, Boolean or numbers. Rows without one learn from the teacher alone.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="teacher">A fitted pipeline with a column <c>Score</c>. It is asked once a row, in <c>Fit</c>.</param>
    /// <param name="student">A checkpoint directory, a fitted encoder, layers of the teacher (<see cref="TextEncoderSource.WithLayers"/>), or <see cref="ScratchEncoder"/>.</param>
    /// <param name="temperature">Softens what both say.</param>
    /// <param name="hardLabelWeight">Part of the loss that comes from the labels, in [0, 1].</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text may have.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Category")
    ///     .Append(ml.MulticlassClassification.Trainers.DistillText("Label", "Text", teacher, TextEncoderSource.FromDirectory("models/minilm").WithLayers(3)));
    /// </code>
    /// </example>
    public static FineTuneTextTrainer DistillText(
        this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        ITransformer teacher,
        TextEncoderSource student,
        double temperature = 2,
        double hardLabelWeight = 0.3,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) =>
        catalog.DistillText(DistillationTeacher.Of(teacher), student, Options(labelColumnName, textColumnName, epochs, learningRate, maxLength), new() { Temperature = temperature, HardLabelWeight = hardLabelWeight });

    /// <summary>Teaches an encoder the classes of a label, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">A checkpoint directory, a fitted encoder, layers of the teacher, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="training">The student's columns, limits and training.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    public static FineTuneTextTrainer DistillText(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DistillationTeacher teacher, TextEncoderSource student, FineTuneTextOptions training, DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), student, training, new MulticlassLabel(), Lesson(teacher, distillation));

    /// <summary>Teaches a convolutional network the classes of a label: many times faster than an encoder, and able to learn from it what few labels do not tell.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">The student and its training. Its words are those of the training data and of transfer data.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    public static TextCnnTrainer DistillText(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DistillationTeacher teacher, TextCnnOptions student, DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), student, new MulticlassLabel(), Lesson(teacher, distillation));

    /// <summary>Teaches a bidirectional LSTM over words the classes of a label: it reads words in their order, and learns from an encoder what few labels do not tell (Tang et al. 2019).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">The student and its training. Its words are those of the training data and of transfer data.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    public static TextLstmTrainer DistillText(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DistillationTeacher teacher, TextLstmOptions student, DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), student, new MulticlassLabel(), Lesson(teacher, distillation));

    /// <summary>Teaches a small encoder to tell true from false, as a fitted pipeline tells it.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">Label: Boolean, or numbers that are 0 or 1. Rows without one (NaN) learn from the teacher alone.</param>
    /// <param name="textColumnName">Text column.</param>
    /// <param name="teacher">A fitted pipeline with a column <c>Score</c> of log-odds. It is asked once a row, in <c>Fit</c>.</param>
    /// <param name="student">A checkpoint directory, a fitted encoder, layers of the teacher (<see cref="TextEncoderSource.WithLayers"/>), or <see cref="ScratchEncoder"/>.</param>
    /// <param name="temperature">Softens what both say.</param>
    /// <param name="hardLabelWeight">Part of the loss that comes from the labels, in [0, 1].</param>
    /// <param name="epochs">Passes over the data.</param>
    /// <param name="learningRate">Peak learning rate; about ten times more from scratch.</param>
    /// <param name="maxLength">The most tokens a text may have.</param>
    public static FineTuneTextTrainer DistillText(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog,
        string labelColumnName,
        string textColumnName,
        ITransformer teacher,
        TextEncoderSource student,
        double temperature = 2,
        double hardLabelWeight = 0.3,
        double epochs = 3,
        double learningRate = 2e-5,
        int maxLength = 128) =>
        catalog.DistillText(DistillationTeacher.Of(teacher), student, Options(labelColumnName, textColumnName, epochs, learningRate, maxLength), new() { Temperature = temperature, HardLabelWeight = hardLabelWeight });

    /// <summary>Teaches an encoder to tell true from false, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">A checkpoint directory, a fitted encoder, layers of the teacher, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="training">The student's columns, limits and training.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    public static FineTuneTextTrainer DistillText(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, DistillationTeacher teacher, TextEncoderSource student, FineTuneTextOptions training, DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), student, training, new BinaryLabel(), Lesson(teacher, distillation));

    /// <summary>Teaches a convolutional network to tell true from false.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">The student and its training. Its words are those of the training data and of transfer data.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    public static TextCnnTrainer DistillText(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, DistillationTeacher teacher, TextCnnOptions student, DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), student, new BinaryLabel(), Lesson(teacher, distillation));

    /// <summary>Teaches a bidirectional LSTM over words to tell true from false.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">The student and its training. Its words are those of the training data and of transfer data.</param>
    /// <param name="distillation">What counts how much; null = the defaults.</param>
    public static TextLstmTrainer DistillText(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, DistillationTeacher teacher, TextLstmOptions student, DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), student, new BinaryLabel(), Lesson(teacher, distillation));

    /// <summary>Teaches an encoder to predict a number as a fitted pipeline predicts it.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="teacher">A fitted pipeline, several, or a column of scores.</param>
    /// <param name="student">A checkpoint directory, a fitted encoder, layers of the teacher, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="training">The student's columns, limits and training.</param>
    /// <param name="distillation">What counts how much; null = the defaults. A temperature has no meaning here.</param>
    public static FineTuneTextRegressionTrainer DistillText(this RegressionCatalog.RegressionTrainers catalog, DistillationTeacher teacher, TextEncoderSource student, FineTuneTextRegressionOptions training, DistillationOptions? distillation = null) =>
        new(CatalogUtils.GetEnvironment(catalog), student, training, Lesson(teacher, distillation));

    private static Lesson Lesson(DistillationTeacher teacher, DistillationOptions? distillation)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        return new(teacher, distillation ?? new());
    }

    private static FineTuneTextOptions Options(string label, string text, double epochs, double learningRate, int maxLength) =>
        new() { LabelColumnName = label, TextColumnName = text, Epochs = epochs, LearningRate = learningRate, MaxLength = maxLength };
}
