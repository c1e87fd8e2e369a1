using MLNet.Pretrain.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Numbers to predict, brought to mean 0 and deviation 1: whatever their unit, one learning rate suits. The fitted network gives the original numbers, because
/// the scale becomes part of its last layer.
/// </summary>
/// <param name="Mean">Of the training labels.</param>
/// <param name="Deviation">Of the training labels; 1 where they are all alike.</param>
internal sealed record LabelScale(double Mean, double Deviation)
{
    /// <summary>Of the training labels, or of a teacher's answers where there are some: labels beside them may be few, or all alike.</summary>
    public static LabelScale Of(LearningRows rows) => rows.Answers is { } answers ? Of(answers.Count, answers.Number) : Of(rows.Stored.Count, row => rows.Stored.Label(row));

    /// <summary>Of numbers by their place.</summary>
    public static LabelScale Of(long count, Func<long, double> number)
    {
        // Welford's: numbers may be large and close together.
        (double mean, double squares, long known) = (0, 0, 0);
        for (long i = 0; i < count; i++)
        {
            double value = number(i), before = value - mean;
            if (!double.IsFinite(value)) continue;
            mean += before / ++known;
            squares += before * (value - mean);
        }
        double deviation = Math.Sqrt(squares / Math.Max(1, known));
        return new(mean, deviation > 0 ? deviation : 1);
    }

    /// <summary>Labels to what the network learns.</summary>
    public Tensor Standardize(Tensor labels) => labels.Plus(-Mean).Over(Deviation);

    /// <summary>What the network gives to numbers like the labels.</summary>
    public Tensor Restore(Tensor outputs) => outputs.Times(Deviation).Plus(Mean);

    /// <summary>Makes the layer give the original numbers.</summary>
    public void FoldInto(Linear layer)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        layer.weight!.ScaleBy(Deviation);
        layer.bias!.ScaleBy(Deviation).ShiftBy(Mean);
    }
}
