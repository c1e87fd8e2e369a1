using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>How an encoder is fine-tuned on pairs of texts, so that the cosine of two texts' vectors says how well they fit. A batch of <see cref="TrainingOptions.BatchSize"/> pairs is also what each text is told from: larger ones teach more.</summary>
public sealed class FineTuneEmbeddingsOptions : EmbeddingTrainingOptions
{
    /// <summary>What is learnt; default <see cref="EmbeddingLoss.InBatchRanking"/>.</summary>
    public EmbeddingLoss Loss { get; set; } = EmbeddingLoss.InBatchRanking;

    /// <summary>Text column with a wrong partner for each row that is easily taken for the right one (a hard negative; Karpukhin et al. 2020). It is a wrong answer to every row of the batch; an empty one to none. Default null: none. For <see cref="EmbeddingLoss.InBatchRanking"/> only.</summary>
    [OutputOnly]
    public string? NegativeColumnName { get; set; }

    /// <summary>What cosines are divided by before the softmax; default 0.05 (Gao et al. 2021), above 0. Lower ones look at the nearest wrong answers only. For <see cref="EmbeddingLoss.InBatchRanking"/>.</summary>
    public double Temperature { get; set; } = 0.05;

    /// <summary>Whether the second texts must find the first ones, too; default false: the first are queries, the second what is sought. True where either may be. For <see cref="EmbeddingLoss.InBatchRanking"/> only.</summary>
    public bool Symmetric { get; set; }

    /// <summary>Column with the similarity of each pair (Single, Double or an integer type), from 0 to <see cref="LabelMaximum"/>; default <c>Label</c>. Read for <see cref="EmbeddingLoss.CosineRegression"/> only. Rows without one (NaN) are left out.</summary>
    [OutputOnly]
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>The label of a pair that means the same, which is cosine 1; 0 is cosine 0. Default 1, above 0. 5 for the judgements of STS.</summary>
    public double LabelMaximum { get; set; } = 1;

    /// <summary>Whether a row needs other rows to be told from.</summary>
    internal bool NeedsOthers => Loss == EmbeddingLoss.InBatchRanking && NegativeColumnName is null;

    internal override void Validate(string owner)
    {
        base.Validate(owner);
        bool ranking = Loss == EmbeddingLoss.InBatchRanking;
        Check(Enum.IsDefined(Loss), nameof(Loss), Loss, $"one of {string.Join(", ", Enum.GetNames<EmbeddingLoss>())}");
        Check(NegativeColumnName != "", nameof(NegativeColumnName), "''", "null or the name of a text column");
        Check(ranking || NegativeColumnName is null, nameof(NegativeColumnName), $"'{NegativeColumnName}'", $"null where Loss is {Loss}");
        Check(ranking || !Symmetric, nameof(Symmetric), Symmetric, $"false where Loss is {Loss}");
        Check(Temperature > 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "a number above 0");
        Check(!string.IsNullOrEmpty(LabelColumnName), nameof(LabelColumnName), "''", "the name of the label column");
        Check(LabelMaximum > 0 && double.IsFinite(LabelMaximum), nameof(LabelMaximum), LabelMaximum, "a number above 0");
        Check(!NeedsOthers || BatchSize >= 2, nameof(BatchSize), BatchSize, "2 or more where texts are told from those of their batch, or a NegativeColumnName");

        void Check(bool valid, string name, object? found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {found ?? "null"}; expected {expected}."));
        }
    }
}
