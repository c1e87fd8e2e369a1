using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Calibrators;

/// <summary>One probability a class, and a label that names one of these classes, or is a key of as many.</summary>
internal sealed class ClassScores : IHeldOutScores
{
    public ScoreKind Kind => ScoreKind.Multiclass;

    private string Owner => CalibratorMessages.Owner(Kind);

    public void Check(SchemaShape.Column label, SchemaShape.Column score)
    {
        if (!ClassColumn.Holds(label))
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {Owner} reads {ClassColumn.Kinds}. Name the column that the classifier was trained on as labelColumnName.");
        if (score is not { Kind: SchemaShape.Column.VectorKind.Vector, IsKey: false } || score.ItemType != NumberDataViewType.Single)
            throw new ArgumentException(CalibratorMessages.WrongScore(Kind, score.Name, score.Describe(), "Vector<Single> of a known size"));
    }

    public SchemaShape.Column Output(SchemaShape.Column score) => score;

    public int Classes(DataViewSchema.Column score) => ((VectorDataViewType)score.Type).Size;

    public Func<double> OpenLabel(DataViewRow row, DataViewSchema.Column label, DataViewSchema.Column score)
    {
        int classes = Classes(score);
        if (ScoreSlots.Names(score) is { } names && !IsUnnamedKey(label)) return new ClassNumbers(Owner, names, "scored rows", "the score's").Open(row, label);
        if (label.Type is not KeyDataViewType { Count: var keys } || keys != (ulong)classes)
            throw new ArgumentException($"Label column '{label.Name}' is {label.Type}, and column '{score.Name}' has {classes} components without names; {Owner} expected a key of {classes} values. Name the column that the classifier was trained on as labelColumnName.");
        ValueGetter<uint> getter = row.GetGetter<uint>(label);
        uint key = 0;
        return () =>
        {
            getter(ref key);
            return key == 0 ? double.NaN : key - 1.0;   // keys count from 1; 0 is missing
        };
    }

    public Func<float[]> OpenScore(DataViewRow row, DataViewSchema.Column score)
    {
        ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(score);
        VBuffer<float> value = default;
        return () =>
        {
            getter(ref value);
            float[] dense = [.. value.DenseValues()];
            ClassTemperatureMapper.Check(dense, row.Position, score.Name);
            return dense;
        };
    }

    public TemperatureScaling Fit(IReadOnlyList<float[]> scores, ReadOnlySpan<int> truth) => TemperatureScaling.FitProbabilities(scores, truth);

    private static bool IsUnnamedKey(DataViewSchema.Column label) => label.Type is KeyDataViewType && LabelValues.Of(label).Type is null;
}
