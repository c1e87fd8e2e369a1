using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary><c>PredictedLabel</c>, <c>Score</c> (log-odds) and <c>Probability</c> of true.</summary>
internal sealed class BinaryColumns : IPredictionColumns
{
    public const string KindName = "BinaryClassification";

    public string Name => KindName;

    public LabelValues? Labels { get; } = LabelValues.FromNames(["False", "True"], null);

    public int Width => 1;

    public IReadOnlyList<DataViewSchema.DetachedColumn> Describe(DataViewSchema input)
    {
        uint setId = ScoreAnnotations.NextSetId(input);
        return
        [
            new("PredictedLabel", BooleanDataViewType.Instance, Annotations("PredictedLabel", normalized: false)),
            new("Score", NumberDataViewType.Single, Annotations("Score", normalized: false)),
            new("Probability", NumberDataViewType.Single, Annotations("Probability", normalized: true)),
        ];

        DataViewSchema.Annotations Annotations(string valueKind, bool normalized)
        {
            var builder = new DataViewSchema.Annotations.Builder();
            ScoreAnnotations.Add(builder, setId, KindName, valueKind);
            if (normalized) ScoreAnnotations.AddNormalized(builder);
            return builder.ToAnnotations();
        }
    }

    public Tensor Reduce(Tensor logits) => logits.select(1, 1).unsqueeze(-1).Minus(logits.select(1, 0).unsqueeze(-1));

    public Tensor Explained(Tensor logits, int index) => LogOdds.Of(logits, index);

    public Delegate GetGetter(int column, RowValues values) => column switch
    {
        0 => (ValueGetter<bool>)((ref bool value) => value = values()[0] > 0),
        1 => (ValueGetter<float>)((ref float value) => value = values()[0]),
        _ => (ValueGetter<float>)((ref float value) => value = 1 / (1 + MathF.Exp(-values()[0]))),
    };
}
