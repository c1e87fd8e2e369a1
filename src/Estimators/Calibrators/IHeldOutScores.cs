using Microsoft.ML;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Calibrators;

/// <summary>What a temperature is found from: scores of rows that the classifier was not trained on, and their labels.</summary>
internal interface IHeldOutScores
{
    ScoreKind Kind { get; }

    /// <summary>Throws where the label or the score column is not of the kind.</summary>
    void Check(SchemaShape.Column label, SchemaShape.Column score);

    /// <summary>The column that the fitted transformer adds, or puts in the place of the score column.</summary>
    SchemaShape.Column Output(SchemaShape.Column score);

    /// <summary>Components of a score; 1 of a binary one.</summary>
    int Classes(DataViewSchema.Column score);

    /// <summary>A function that gives the present row's class, from 0 in the order of the score; NaN where its label is missing.</summary>
    Func<double> OpenLabel(DataViewRow row, DataViewSchema.Column label, DataViewSchema.Column score);

    /// <summary>A function that gives the present row's score, as <see cref="Fit"/> takes it.</summary>
    Func<float[]> OpenScore(DataViewRow row, DataViewSchema.Column score);

    TemperatureScaling Fit(IReadOnlyList<float[]> scores, ReadOnlySpan<int> truth);
}
