using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Training;

/// <summary>
/// How a network is trained. The defaults fine-tune a BERT-sized encoder; the same loop pretrains and distils. <c>Fit</c> works on a copy
/// taken when the estimator was made, and never changes these.
/// </summary>
public class TrainingOptions
{
    /// <summary>Passes over the training rows; default 3, above 0 and at most a million, fractions allowed (0.5 = half of the rows). Fewer for large data, 10 and more for a few hundred rows (Mosbach et al. 2021).</summary>
    public double Epochs { get; set; } = 3;

    /// <summary>Trains at least this many optimizer steps, over more epochs than <see cref="Epochs"/> where the rows are few; default 0. Small data wants steps, not epochs (Mosbach et al. 2021; Zhang et al. 2021).</summary>
    public long MinSteps { get; set; }

    /// <summary>Ends training after this many optimizer steps, whatever <see cref="Epochs"/> says; the schedule ends there too. Default null: no limit; else 1 or more.</summary>
    public long? MaxSteps { get; set; }

    /// <summary>Rows in one forward pass; default 32 (Devlin et al. 2018 use 16 or 32), 1 or more. Where memory ends, set <see cref="MemoryLimit"/>, or lower it and raise <see cref="GradientAccumulationSteps"/>.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>The most tokens, padding included, in one forward pass: long rows then come in smaller batches. Default null: no limit; else 1 or more. A row longer than that is a batch of its own.</summary>
    public int? MaxTokensPerBatch { get; set; }

    /// <summary>Peak learning rate; default 2e-5 (Devlin et al. 2018 try 5e-5, 3e-5 and 2e-5), above 0. About 1e-4 to 5e-4 from scratch.</summary>
    public double LearningRate { get; set; } = 2e-5;

    /// <summary>Whether a range test finds the peak learning rate (Smith 2017): before training, up to 100 steps at rates that rise from a hundredth of <see cref="LearningRate"/> to a hundred times it, after which the network is as it was. A tenth of the rate with the lowest loss is taken and told to the log. Default false. It costs those steps, in which all that will ever learn does, and reads training rows alone.</summary>
    public bool FindLearningRate { get; set; }

    /// <summary>Where the learning rate ends; default 0; 0 to <see cref="LearningRate"/>. A tenth of the peak is usual in language modelling (Hoffmann et al. 2022).</summary>
    public double MinLearningRate { get; set; }

    /// <summary>Shape of the learning rate after the warm-up; default linear to <see cref="MinLearningRate"/>.</summary>
    public LearningRateScheduleKind Schedule { get; set; } = LearningRateScheduleKind.Linear;

    /// <summary>Part of all steps in which the learning rate rises from 0; default 0.1, in [0, 1). Ignored where <see cref="WarmupSteps"/> is set. Raise it where training diverges early (Mosbach et al. 2021).</summary>
    public double WarmupRatio { get; set; } = 0.1;

    /// <summary>Steps in which the learning rate rises from 0. Default null: <see cref="WarmupRatio"/> decides; else 0 or more.</summary>
    public long? WarmupSteps { get; set; }

    /// <summary>Decoupled weight decay, of all parameters but biases and normalization; default 0.01 (Devlin et al. 2018), 0 or more (Loshchilov and Hutter 2019).</summary>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>Decay of AdamW's mean of gradients; default 0.9, in [0, 1).</summary>
    public double AdamBeta1 { get; set; } = 0.9;

    /// <summary>Decay of AdamW's mean of squared gradients; default 0.999, in [0, 1). 0.98 steadies large-batch pretraining (Liu et al. 2019).</summary>
    public double AdamBeta2 { get; set; } = 0.999;

    /// <summary>AdamW's guard against division by zero; default 1e-8, above 0. 1e-6 in the RoBERTa paper.</summary>
    public double AdamEpsilon { get; set; } = 1e-8;

    /// <summary>Factor between the learning rate of a layer and of the next lower one; default 1 (all alike), in (0, 1]. 0.95 helps on few rows (Howard and Ruder 2018; Sun et al. 2019).</summary>
    public double LayerLearningRateDecay { get; set; } = 1;

    /// <summary>Factor on the learning rate of what is new above the pretrained layers: the head and a conditional random field; default 1, above 0. 10 to 100 where they learn too slowly at an encoder's rate, as a field does. Refused where there is no head.</summary>
    public double HeadLearningRateFactor { get; set; } = 1;

    /// <summary>Default null: everything learns. 0 keeps the embeddings as they are, n the embeddings and the first n layers: faster, less memory, and steadier on very few rows.</summary>
    public int? FrozenLayers { get; set; }

    /// <summary>Epochs, fractions allowed, after which the next lower layer learns, too: at first the head alone does, in the end everything that is not frozen (gradual unfreezing, Howard and Ruder 2018). Default 0: all from the start. Refused where training is too short to reach the lowest layer; early stopping waits until it has.</summary>
    public double UnfreezeEveryEpochs { get; set; }

    /// <summary>Part of all steps, the last ones, over whose weights the result is the mean; default 0 (none), in [0, 1). 0.1 to 0.3 steady small data (Izmailov et al. 2018; Vaswani et al. 2017 average their last checkpoints). Where there are validation rows and <see cref="RestoreBest"/> is set, the mean is one more candidate. Training that stops early may end before these steps.</summary>
    public double AveragedFraction { get; set; }

    /// <summary>Gradients longer than this (Euclidean norm over all parameters) are scaled down to it; default 1, 0 = never.</summary>
    public double MaxGradientNorm { get; set; } = 1;

    /// <summary>Forward passes whose gradients make one optimizer step; default 1, 1 or more. The step's gradient is that of the mean over all their rows, words or hidden words, whatever the loss is a mean of. Passages that are told from those of their batch (contrastive losses) get no more of them by it.</summary>
    public int GradientAccumulationSteps { get; set; } = 1;

    /// <summary>
    /// Bytes that training may take beside what the process has before it: weights, gradients, the optimizer's state, and what forward and backward passes make. Batches of more rows than fit
    /// are computed in parts, whose gradients are added up: a step still learns from the same rows, and the result is the same up to rounding and to what is drawn by chance for each
    /// part (dropout, samples of a vocabulary). How many rows fit is estimated from the network's shape and the rows' lengths, never measured, so that a resumed run divides alike. Default null: no limit; else 1 or
    /// more. Refused where not even one row fits. Batches whose rows are told from each other (contrastive losses) are not divided, and refused where they do not fit.
    /// </summary>
    public long? MemoryLimit { get; set; }

    /// <summary>Whether what a Transformer layer computes is thrown away after the forward pass and computed again for the backward pass (Chen et al. 2016): memory for one layer in place of all, for about a third more time. The result is the same, on one processor thread to the last bit. Default false; for long rows and large networks. Refused where a network has no Transformer layers.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>Arithmetic; default <see cref="TrainingPrecision.Float32"/>. <see cref="TrainingPrecision.Auto"/> takes bfloat16 where the hardware has it.</summary>
    public TrainingPrecision Precision { get; set; } = TrainingPrecision.Float32;

    /// <summary>Where training runs: <c>cpu</c> (default), <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c> (CUDA where there is one).</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>Seed of new weights, row order, dropout and the validation split. Default null: drawn from the MLContext.</summary>
    public int? Seed { get; set; }

    /// <summary>Part of the training rows that is held out for validation where no validation set is given; default 0 (none), in [0, 1).</summary>
    public double ValidationFraction { get; set; }

    /// <summary>Training ends after this many evaluations in a row without a better one; default 0 (never). Needs validation rows.</summary>
    public int EarlyStoppingPatience { get; set; }

    /// <summary>Evaluations in an epoch, evenly spread; default 1, 1 or more. The last step is evaluated in any case.</summary>
    public int EvaluationsPerEpoch { get; set; } = 1;

    /// <summary>Whether the weights of the best evaluation are the result, not the last ones; default true. Needs validation rows to have an effect.</summary>
    public bool RestoreBest { get; set; } = true;

    /// <summary>Folder for checkpoints: it is created where missing. Default null: none are written. It belongs to one training run.</summary>
    public string? CheckpointDirectory { get; set; }

    /// <summary>Optimizer steps between checkpoints; default 500, 1 or more. One is written at the end and at cancellation, too.</summary>
    public int CheckpointEverySteps { get; set; } = 500;

    /// <summary>Whether to go on from the newest checkpoint in <see cref="CheckpointDirectory"/>, or begin where there is none; default false: a folder that holds a checkpoint is then refused.</summary>
    public bool Resume { get; set; }

    /// <summary>File that receives one JSON object a line for every optimizer step: <c>step, epoch, loss, learningRate, gradientNorm, rowsPerSecond, tokensPerSecond, modelFlopsUtilization, dataWaitShare, seconds</c> and, where the step ended with an evaluation, <c>validation</c> with its values. Default null: none. A resumed run goes on in the file; any other begins it anew.</summary>
    public string? MetricsFile { get; set; }

    /// <summary>Told of every optimizer step and evaluation, on the training thread. Default null.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Ends training within a step, with an <see cref="OperationCanceledException"/>; a checkpoint is written first where there is a <see cref="CheckpointDirectory"/>. <c>MLContext.CancelExecution</c> of Microsoft.ML.Experimental does the same.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>Processor threads of the arithmetic while training; default null: libtorch's own choice; else 1 or more. 1 makes sums, and with them results, repeatable to the last bit.</summary>
    public int? Threads { get; set; }

    /// <summary>Checks that rows for validation are not given and held out, too.</summary>
    private protected void CheckValidation(string owner, object? validationData)
    {
        if (validationData is not null && ValidationFraction > 0)
            throw new ArgumentException(FormattableString.Invariant($"{owner}: both ValidationData and ValidationFraction ({ValidationFraction}) are set; expected the one or the other."));
    }

    /// <summary>A copy; changing one does not change the other. Of a derived class, too.</summary>
    internal TrainingOptions Clone() => (TrainingOptions)MemberwiseClone();

    /// <summary>Checks every option.</summary>
    /// <param name="owner">The estimator's name, for the message.</param>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    internal virtual void Validate(string owner)
    {
        Check(Epochs is > 0 and <= 1_000_000, nameof(Epochs), Epochs, "a number above 0, a million at most");
        Check(MaxSteps is null or >= 1, nameof(MaxSteps), MaxSteps, "null or 1 or more");
        Check(MinSteps >= 0, nameof(MinSteps), MinSteps, "0 or more");
        Check(MaxSteps is null || MaxSteps >= MinSteps, nameof(MaxSteps), MaxSteps, $"null or no less than MinSteps, which is {MinSteps}");
        Check(BatchSize >= 1, nameof(BatchSize), BatchSize, "1 or more");
        Check(MaxTokensPerBatch is null or >= 1, nameof(MaxTokensPerBatch), MaxTokensPerBatch, "null or 1 or more");
        Check(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "a number above 0, such as 2e-5");
        Check(MinLearningRate >= 0 && MinLearningRate <= LearningRate, nameof(MinLearningRate), MinLearningRate, "0 to LearningRate");
        Check(Enum.IsDefined(Schedule), nameof(Schedule), Schedule, $"one of {string.Join(", ", Enum.GetNames<LearningRateScheduleKind>())}");
        Check(WarmupRatio is >= 0 and < 1, nameof(WarmupRatio), WarmupRatio, "a number in [0, 1)");
        Check(WarmupSteps is null or >= 0, nameof(WarmupSteps), WarmupSteps, "null or 0 or more");
        Check(WeightDecay >= 0 && double.IsFinite(WeightDecay), nameof(WeightDecay), WeightDecay, "0 or more");
        Check(AdamBeta1 is >= 0 and < 1, nameof(AdamBeta1), AdamBeta1, "a number in [0, 1)");
        Check(AdamBeta2 is >= 0 and < 1, nameof(AdamBeta2), AdamBeta2, "a number in [0, 1)");
        Check(AdamEpsilon > 0 && double.IsFinite(AdamEpsilon), nameof(AdamEpsilon), AdamEpsilon, "a number above 0");
        Check(LayerLearningRateDecay is > 0 and <= 1, nameof(LayerLearningRateDecay), LayerLearningRateDecay, "a number in (0, 1]; 1 turns it off");
        Check(HeadLearningRateFactor > 0 && double.IsFinite(HeadLearningRateFactor), nameof(HeadLearningRateFactor), HeadLearningRateFactor, "a number above 0; 1 = as all else");
        Check(FrozenLayers is null or >= 0, nameof(FrozenLayers), FrozenLayers, "null (nothing frozen), 0 (the embeddings) or a number of layers");
        Check(UnfreezeEveryEpochs >= 0 && double.IsFinite(UnfreezeEveryEpochs), nameof(UnfreezeEveryEpochs), UnfreezeEveryEpochs, "0 (all layers learn from the start) or a number of epochs");
        Check(AveragedFraction is >= 0 and < 1, nameof(AveragedFraction), AveragedFraction, "a number in [0, 1); 0 averages nothing");
        Check(MaxGradientNorm >= 0 && double.IsFinite(MaxGradientNorm), nameof(MaxGradientNorm), MaxGradientNorm, "0 (no clipping) or more");
        Check(GradientAccumulationSteps >= 1, nameof(GradientAccumulationSteps), GradientAccumulationSteps, "1 or more");
        Check(MemoryLimit is null or >= 1, nameof(MemoryLimit), MemoryLimit, "null (no limit) or a number of bytes");
        Check(Enum.IsDefined(Precision), nameof(Precision), Precision, $"one of {string.Join(", ", Enum.GetNames<TrainingPrecision>())}");
        Check(ValidationFraction is >= 0 and < 1, nameof(ValidationFraction), ValidationFraction, "a number in [0, 1); 0 holds nothing out");
        Check(EarlyStoppingPatience >= 0, nameof(EarlyStoppingPatience), EarlyStoppingPatience, "0 (never stop early) or more");
        Check(EvaluationsPerEpoch >= 1, nameof(EvaluationsPerEpoch), EvaluationsPerEpoch, "1 or more");
        Check(CheckpointDirectory != "", nameof(CheckpointDirectory), "''", "null or the path of a folder");
        Check(CheckpointEverySteps >= 1, nameof(CheckpointEverySteps), CheckpointEverySteps, "1 or more");
        Check(MetricsFile != "", nameof(MetricsFile), "''", "null or the path of a file");
        Check(!Resume || CheckpointDirectory is not null, nameof(Resume), Resume, "false, or a CheckpointDirectory to resume from");
        Check(Threads is null or >= 1, nameof(Threads), Threads, "null or 1 or more");
        TorchDevice.Validate(Device, owner);

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found ?? "null"}; expected {expected}."));
        }
    }
}
