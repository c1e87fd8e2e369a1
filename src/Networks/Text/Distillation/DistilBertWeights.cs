namespace MLNet.Pretrain.Networks.Text;

/// <summary>How much each loss of <see cref="DistilBertLoss"/> counts; by default as in the authors' published training.</summary>
internal sealed record DistilBertWeights
{
    public double SoftWords { get; init; } = 5;

    public double Words { get; init; } = 2;

    public double Cosine { get; init; } = 1;
}
