namespace MLNet.Pretrain.Training;

/// <summary>Where a training run stands after an optimizer step.</summary>
public sealed record TrainingProgress
{
    /// <summary>Optimizer steps done, those before a resume included.</summary>
    public required long Step { get; init; }

    /// <summary>Optimizer steps in all, unless training stops early.</summary>
    public required long TotalSteps { get; init; }

    /// <summary>Passes over the training rows so far, with fraction.</summary>
    public required double Epoch { get; init; }

    /// <summary>Mean loss of the step's rows.</summary>
    public required double Loss { get; init; }

    /// <summary>Learning rate of the step, before layer-wise decay.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Euclidean norm of the step's gradient, before clipping.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Training rows a second since the run began (or resumed), evaluations not counted.</summary>
    public required double RowsPerSecond { get; init; }

    /// <summary>Real (unpadded) tokens a second since the run began (or resumed), evaluations not counted.</summary>
    public required double TokensPerSecond { get; init; }

    /// <summary>Floating-point operations a second that the model itself needs, padding and bookkeeping not counted; null where the method does not know them.</summary>
    public double? ModelFlopsPerSecond { get; init; }

    /// <summary>Model-FLOPs utilisation (Chowdhery et al. 2022): <see cref="ModelFlopsPerSecond"/> over what a large product of matrices reaches on this device in this precision, measured when training began; null where the method does not know them.</summary>
    public double? ModelFlopsUtilization { get; init; }

    /// <summary>Part of the time, 0 to 1, that training has waited for its data.</summary>
    public required double DataWaitShare { get; init; }

    /// <summary>The arithmetic: what <see cref="TrainingPrecision.Auto"/> became.</summary>
    public required TrainingPrecision Precision { get; init; }

    /// <summary>Time since the run began (or resumed).</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>Estimate of the time left.</summary>
    public required TimeSpan Remaining { get; init; }

    /// <summary>Values by name where the step ended with an evaluation of the validation rows; else null.</summary>
    public IReadOnlyDictionary<string, double>? Metrics { get; init; }
}
