namespace MLNet.Pretrain.Text;

/// <summary>How the mix of an ELMo's layers is learnt from labelled rows (Peters et al. 2018, equation 1).</summary>
public sealed class ElmoMixOptions
{
    /// <summary>Label column: a key, or text, Boolean or numbers that name a class. Rows without a label are left out. Default <c>Label</c>.</summary>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The most rows that are learnt from, drawn at random; default 50,000, 2 or more. Each takes twice layers x vector size numbers of memory while learning.</summary>
    public int MaxRows { get; set; } = 50_000;

    /// <summary>Passes over them; default 20, 1 or more. At least 500 steps are taken.</summary>
    public int Epochs { get; set; } = 20;

    /// <summary>Peak learning rate; default 0.02, above 0.</summary>
    public double LearningRate { get; set; } = 0.02;

    /// <summary>Pulls the layers' weights towards each other: the squared weights times this are added to the loss; default 0.001 (Peters et al. 2018 for little data), 0 or more.</summary>
    public double MixRegularization { get; set; } = 1e-3;

    /// <summary>Seed of the draw of rows and of their order. Default null: drawn from the MLContext.</summary>
    public int? Seed { get; set; }

    internal ElmoMixOptions Clone() => (ElmoMixOptions)MemberwiseClone();

    internal void Validate(string owner)
    {
        Check(!string.IsNullOrEmpty(LabelColumnName), nameof(LabelColumnName), "''", "the name of the label column");
        Check(MaxRows >= 2, nameof(MaxRows), MaxRows, "2 or more");
        Check(Epochs >= 1, nameof(Epochs), Epochs, "1 or more");
        Check(LearningRate > 0 && double.IsFinite(LearningRate), nameof(LearningRate), LearningRate, "a number above 0");
        Check(MixRegularization >= 0 && double.IsFinite(MixRegularization), nameof(MixRegularization), MixRegularization, "0 or more");

        void Check(bool valid, string name, object found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found}; expected {expected}."));
        }
    }
}
