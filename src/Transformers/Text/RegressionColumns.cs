using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary><c>Score</c>: the number.</summary>
internal sealed class RegressionColumns : IPredictionColumns
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

    public Tensor Reduce(Tensor logits) => logits;

    public Delegate GetGetter(int column, RowValues values) => (ValueGetter<float>)((ref float value) => value = values()[0]);
}
