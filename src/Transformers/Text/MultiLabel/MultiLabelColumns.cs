using Microsoft.ML;
using Microsoft.ML.Data;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary><c>PredictedLabel</c> (keys with the label's values, as many as are probable enough) and <c>Score</c> (one probability a label).</summary>
/// <param name="labels">One an output.</param>
/// <param name="thresholds">The probability from which on each label is given.</param>
internal sealed class MultiLabelColumns(LabelValues labels, IReadOnlyList<double> thresholds) : IPredictionColumns
{
    // ML.NET knows no such kind: a name that none of its evaluators takes for its own.
    public const string KindName = "MultiLabelClassification";

    public string Name => KindName;

    public string ProblemType => "multi_label_classification";

    public LabelValues Labels => labels;

    public IReadOnlyList<double> Thresholds => thresholds;

    public int Width => labels.Names.Count;

    public IReadOnlyList<DataViewSchema.DetachedColumn> Describe(DataViewSchema input) => ScoreAnnotations.OfClasses(input, KindName, labels, key => new VectorDataViewType(key));

    public Tensor Reduce(Tensor logits) => logits.sigmoid();

    // Each label's log-odds against its own absence.
    public Tensor Explained(Tensor logits, int index) => logits.select(1, index);

    public Delegate GetGetter(int column, RowValues values) => column == 0 ? KeyGetter(values) : ScoreGetter.Of(values, Width);

    private ValueGetter<VBuffer<uint>> KeyGetter(RowValues values) => (ref VBuffer<uint> value) =>
    {
        ReadOnlySpan<float> scores = values();
        int count = 0;
        for (int label = 0; label < scores.Length; label++)
            if (scores[label] >= thresholds[label]) count++;
        VBufferEditor<uint> editor = VBufferEditor.Create(ref value, count);
        for (int label = 0, at = 0; label < scores.Length; label++)
            if (scores[label] >= thresholds[label]) editor.Values[at++] = (uint)label + 1;   // keys count from 1
        value = editor.Commit();
    };
}
