using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Calibrators;

/// <summary>Log-odds, and a label that is Boolean or 0 and 1.</summary>
internal sealed class BinaryScores : IHeldOutScores
{
    private readonly BinaryLabel _label = new();

    public ScoreKind Kind => ScoreKind.Binary;

    public void Check(SchemaShape.Column label, SchemaShape.Column score)
    {
        _label.Check(CalibratorMessages.Owner(Kind), label);
        if (score is not { Kind: SchemaShape.Column.VectorKind.Scalar, IsKey: false } || score.ItemType != NumberDataViewType.Single)
            throw new ArgumentException(CalibratorMessages.WrongScore(Kind, score.Name, score.Describe(), "Single"));
    }

    public SchemaShape.Column Output(SchemaShape.Column score) =>
        SchemaShapes.Scalar("Probability", NumberDataViewType.Single, [SchemaShapes.Scalar(ScoreAnnotations.Normalized, BooleanDataViewType.Instance), .. ScoreShapes.Annotations]);

    public int Classes(DataViewSchema.Column score) => 1;

    public Func<double> OpenLabel(DataViewRow row, DataViewSchema.Column label, DataViewSchema.Column score) => _label.Open(row, label);

    public Func<float[]> OpenScore(DataViewRow row, DataViewSchema.Column score)
    {
        ValueGetter<float> getter = row.GetGetter<float>(score);
        float value = 0;
        return () =>
        {
            getter(ref value);
            return float.IsFinite(value) ? [0, value] : throw new InvalidOperationException(FormattableString.Invariant($"{CalibratorMessages.Owner(Kind)}: row {row.Position} has the score {value} in column '{score.Name}'; expected finite numbers."));
        };
    }

    public TemperatureScaling Fit(IReadOnlyList<float[]> scores, ReadOnlySpan<int> truth) => TemperatureScaling.Fit(scores, truth);
}
