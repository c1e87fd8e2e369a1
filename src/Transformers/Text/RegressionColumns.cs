using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary><c>Score</c>: the number.</summary>
/// <param name="mean">Added to the network's outputs, in 32 bits.</param>
/// <param name="deviation">By which they are multiplied before.</param>
internal sealed class RegressionColumns(double mean, double deviation) : IPredictionColumns
{
    public const string KindName = "Regression";

    public string Name => KindName;

    public LabelValues? Labels => null;

    public int Width => 1;

    public IReadOnlyList<DataViewSchema.DetachedColumn> Describe(DataViewSchema input)
    {
        var builder = new DataViewSchema.Annotations.Builder();
        ScoreAnnotations.Add(builder, ScoreAnnotations.NextSetId(input), KindName, "Score");
        return [new("Score", NumberDataViewType.Single, builder.ToAnnotations())];
    }

    public Tensor Reduce(Tensor logits) => (mean, deviation) == (0, 1) ? logits : logits.Times(deviation).Plus(mean);

    public Tensor Explained(Tensor logits, int index) => Reduce(logits).select(1, 0);

    public Delegate GetGetter(int column, RowValues values) => (ValueGetter<float>)((ref float value) => value = values()[0]);
}
