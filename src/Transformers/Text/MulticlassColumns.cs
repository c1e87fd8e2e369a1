using Microsoft.ML;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary><c>PredictedLabel</c> (a key with the label's values) and <c>Score</c> (one probability a class).</summary>
internal sealed class MulticlassColumns(LabelValues labels) : IPredictionColumns
{
    public const string KindName = "MulticlassClassification";

    public string Name => KindName;

    public LabelValues? Labels => labels;

    public int Width => labels.Names.Count;

    public IReadOnlyList<DataViewSchema.DetachedColumn> Describe(DataViewSchema input) => ScoreAnnotations.OfClasses(input, KindName, labels, key => key);

    public Tensor Reduce(Tensor logits) => logits.softmax(-1);

    public Tensor Explained(Tensor logits, int index) => LogOdds.Of(logits, index);

    public Delegate GetGetter(int column, RowValues values) => column == 0
        ? (ValueGetter<uint>)((ref uint value) => value = (uint)System.Numerics.Tensors.TensorPrimitives.IndexOfMax(values()) + 1)   // keys count from 1
        : ScoreGetter.Of(values, Width);
}
