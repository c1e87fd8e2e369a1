using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>Where a candidate gives the probability of each class: in <c>Probability</c> beside a Boolean prediction, else in <c>Score</c>, in an order of its own.</summary>
internal sealed class ClassProbabilities
{
    private const string ScoreColumn = "Score";
    private const string ProbabilityColumn = "Probability";

    private ClassProbabilities(DataViewSchema.Column column, IReadOnlyList<string> names, bool binary) => (Column, Names, IsBinary) = (column, names, binary);

    public DataViewSchema.Column Column { get; }

    /// <summary>Whether the column has one number a row, the probability of true.</summary>
    public bool IsBinary { get; }

    /// <summary>The classes, in the order of the numbers.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Finds the column; null where there is none, or none that says whose its numbers are.</summary>
    public static ClassProbabilities? Find(DataViewSchema schema, DataViewSchema.Column predicted)
    {
        if (predicted.Type is BooleanDataViewType)
            return schema.GetColumnOrNull(ProbabilityColumn) is { Type: NumberDataViewType { RawType: var raw } } p && raw == typeof(float) ? new(p, [bool.FalseString, bool.TrueString], true) : null;
        return schema.GetColumnOrNull(ScoreColumn) is { Type: VectorDataViewType { ItemType.RawType: var item } } s && item == typeof(float) && ClassNames(s, predicted) is { } names ? new(s, names, false) : null;
    }

    /// <summary>A function that gives the current row's probabilities, in an array that the next call overwrites; null where the scores are no probabilities.</summary>
    public Func<double[]?> Reader(DataViewRow row)
    {
        double[] dense = new double[Names.Count];
        if (IsBinary)
        {
            ValueGetter<float> getter = row.GetGetter<float>(Column);
            float p = 0;
            return () =>
            {
                getter(ref p);
                (dense[0], dense[1]) = (1.0 - p, p);
                return p is >= 0 and <= 1 ? dense : null;
            };
        }
        ValueGetter<VBuffer<float>> scores = row.GetGetter<VBuffer<float>>(Column);
        VBuffer<float> buffer = default;
        return () =>
        {
            scores(ref buffer);
            Array.Clear(dense);
            foreach (KeyValuePair<int, float> score in buffer.Items()) dense[score.Key] = score.Value;
            return dense.All(p => p is >= -1e-6 and <= 1 + 1e-6) && Math.Abs(dense.Sum() - 1) < 1e-3 ? dense : null;
        };
    }

    private static IReadOnlyList<string>? ClassNames(DataViewSchema.Column score, DataViewSchema.Column predicted)
    {
        if (ScoreSlots.Names(score) is { } names) return names;
        return predicted.Type is KeyDataViewType && LabelValues.Of(predicted).Names is var keys && keys.Count == ((VectorDataViewType)score.Type).Size ? keys : null;
    }
}
