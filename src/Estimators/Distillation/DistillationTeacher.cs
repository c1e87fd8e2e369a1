using Microsoft.ML;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>What a student learns from: one fitted pipeline, several whose answers are averaged, or a column of scores or vectors that were made before.</summary>
public sealed class DistillationTeacher
{
    private DistillationTeacher(IReadOnlyList<ITransformer> models, string? scoreColumnName, bool? scoresAreProbabilities) => (Models, ScoreColumnName, ScoresAreProbabilities) = (models, scoreColumnName, scoresAreProbabilities);

    /// <summary>Fitted pipelines; empty = the scores are a column of the data.</summary>
    internal IReadOnlyList<ITransformer> Models { get; }

    /// <summary>The column that a model adds, or that the data have; null = what it is called by default.</summary>
    internal string? ScoreColumnName { get; }

    /// <summary>What a vector of scores holds; null = seen from the first row.</summary>
    internal bool? ScoresAreProbabilities { get; }

    /// <summary>A fitted pipeline that adds a score to each row: ours, a chain, any trainer of ML.NET. It is asked in <c>Fit</c> only, once a row, and stays the caller's.</summary>
    /// <param name="model">The pipeline. It must keep the number and order of rows.</param>
    /// <param name="scoreColumnName">Its score; null: <c>Probability</c> where a binary classifier gives one, else <c>Score</c>. Multiclass: a vector of Single, one number a class; its slot names are matched with the student's classes, without them their order counts. Binary: Single, log-odds or, where the column is called <c>Probability</c>, a probability. Regression: Single. Embeddings: a vector of Single, as the encoder's column is called; it must be named for other models.</param>
    /// <param name="scoresAreProbabilities">Whether a vector holds probabilities or log-odds; null: what the first row looks like. A single number is known by its column's name.</param>
    public static DistillationTeacher Of(ITransformer model, string? scoreColumnName = null, bool? scoresAreProbabilities = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new([model], scoreColumnName, scoresAreProbabilities);
    }

    /// <summary>The columns that rows must have for it beside what its pipelines read.</summary>
    internal IEnumerable<string> NeededColumns => Models.Count == 0 ? [ScoreColumnName!] : [];

    /// <summary>Several fitted pipelines: the student learns the mean of their probabilities, or numbers.</summary>
    /// <param name="models">One or more; each as in <see cref="Of"/>, with the column that it has by default.</param>
    public static DistillationTeacher Ensemble(params IReadOnlyList<ITransformer> models)
    {
        ArgumentNullException.ThrowIfNull(models);
        if (models.Count == 0 || models.Contains(null!)) throw new ArgumentException($"An ensemble of {models.Count} models{(models.Contains(null!) ? ", one of them null" : "")}; expected one or more.", nameof(models));
        return new([.. models], null, null);
    }

    /// <summary>Scores that were made before.</summary>
    /// <param name="scoreColumnName">Column of the training data, and of transfer data, as <see cref="Of"/> describes it.</param>
    /// <param name="scoresAreProbabilities">As for <see cref="Of"/>.</param>
    public static DistillationTeacher Column(string scoreColumnName, bool? scoresAreProbabilities = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(scoreColumnName);
        return new([], scoreColumnName, scoresAreProbabilities);
    }

    /// <summary>A fitted classifier as teacher.</summary>
    public static implicit operator DistillationTeacher(TextClassificationTransformer model) => Of(model);

    /// <summary>A fitted encoder as teacher of vectors.</summary>
    public static implicit operator DistillationTeacher(TextEncoderTransformer model) => Of(model);

    /// <summary>A fitted regression as teacher.</summary>
    public static implicit operator DistillationTeacher(TextRegressionTransformer model) => Of(model);
}
