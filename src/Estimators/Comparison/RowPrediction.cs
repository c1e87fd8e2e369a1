using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>What a model said of a test row.</summary>
public sealed record RowPrediction
{
    /// <summary>Position in the test data, from 0.</summary>
    public required long Row { get; init; }

    /// <summary>The true class; null where the row has none.</summary>
    public required string? Truth { get; init; }

    /// <summary>The predicted class; null where the model gave none.</summary>
    public required string? Predicted { get; init; }

    /// <summary>Probability that the model gave to the predicted class, in [0, 1]; null where it gives no probabilities.</summary>
    public required double? Probability { get; init; }

    /// <summary>What the teacher predicted; null where it gave no class, or where the row is not shown for the sake of a teacher.</summary>
    public string? Teacher { get; init; }

    /// <summary>Texts of the row. Where there is an <see cref="Attribution"/>, the first is the text it explains, and the second its pair where there is one.</summary>
    public required IReadOnlyList<RowText> Texts { get; init; }

    /// <summary>What each token added to the predicted class; null for models that do not tell, or where <see cref="ErrorOptions.AttributionSteps"/> is 0.</summary>
    public TextAttribution? Attribution { get; init; }
}
