namespace MLNet.Pretrain.Benchmarks;

/// <summary>What a run of <see cref="DistillBenchmark"/> does.</summary>
internal sealed record DistillSettings
{
    public required string Encoder { get; init; }

    /// <summary>TSV with the label in the first and the text in the last column; null = the sample's documentation task.</summary>
    public string? Train { get; init; }

    public string? Test { get; init; }

    /// <summary>Labelled rows a class; 0 = all.</summary>
    public int LabelBudget { get; init; }

    /// <summary>Texts without labels.</summary>
    public int TransferRows { get; init; }

    /// <summary>Copies of each of them with other words; where there are none, of the labelled texts.</summary>
    public int Augment { get; init; }

    public int TestRows { get; init; } = int.MaxValue;

    public int Seeds { get; init; } = 3;

    public double Temperature { get; init; } = 2;

    public double HardLabelWeight { get; init; } = 0.3;

    /// <summary>Layers of the student that is a part of its teacher.</summary>
    public int Layers { get; init; } = 2;

    public double Epochs { get; init; } = 2;

    /// <summary>Passes of TextCnn and TextLstm, which begin from nothing.</summary>
    public double WordEpochs { get; init; } = 10;

    public long MinSteps { get; init; } = 400;

    public double LearningRate { get; init; } = 3e-4;

    public int MaxLength { get; init; } = 64;

    /// <summary>Parts of the names of students to fit; none = all.</summary>
    public IReadOnlyList<string> Only { get; init; } = [];
}
