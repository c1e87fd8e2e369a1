using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>What a student learns from: one fitted pipeline, several whose answers are averaged, or a column of scores that were made before.</summary>
public sealed class DistillationTeacher
{
    private DistillationTeacher(IReadOnlyList<ITransformer> models, string scoreColumnName) => (Models, ScoreColumnName) = (models, scoreColumnName);

    /// <summary>Fitted pipelines; empty = the scores are a column of the data.</summary>
    internal IReadOnlyList<ITransformer> Models { get; }

    /// <summary>The column that a model adds, or that the data have.</summary>
    internal string ScoreColumnName { get; }

    /// <summary>A fitted pipeline that adds a score to each row: ours, a chain, any trainer of ML.NET. It is asked in <c>Fit</c> only, once a row, and stays the caller's.</summary>
    /// <param name="model">The pipeline. It must keep the number and order of rows.</param>
    /// <param name="scoreColumnName">Its score. Multiclass: a vector of Single, one number a class, probabilities or log-odds; its slot names are matched with the student's classes, without them their order counts. Binary: Single, log-odds or, where the column is called <c>Probability</c>, a probability. Regression: Single.</param>
    public static DistillationTeacher Of(ITransformer model, string scoreColumnName = "Score")
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        return new([model], scoreColumnName);
    }

    /// <summary>Several fitted pipelines: the student learns the mean of their probabilities, or numbers.</summary>
    /// <param name="models">One or more; each as in <see cref="Of"/>, with its column <c>Score</c>.</param>
    public static DistillationTeacher Ensemble(params IReadOnlyList<ITransformer> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        if (models.Count == 0 || models.Contains(null!)) throw new ArgumentException($"An ensemble of {models.Count} models{(models.Contains(null!) ? ", one of them null" : "")}; expected one or more.", nameof(models));
        return new([.. models], "Score");
    }

    /// <summary>Scores that were made before.</summary>
    /// <param name="scoreColumnName">Column of the training data, and of transfer data, as <see cref="Of"/> describes it.</param>
    public static DistillationTeacher Column(string scoreColumnName)
    {
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        return new([], scoreColumnName);
    }

    /// <summary>A fitted classifier as teacher.</summary>
    public static implicit operator DistillationTeacher(TextClassificationTransformer model) => Of(model);

    /// <summary>A fitted regression as teacher.</summary>
    public static implicit operator DistillationTeacher(TextRegressionTransformer model) => Of(model);
}
