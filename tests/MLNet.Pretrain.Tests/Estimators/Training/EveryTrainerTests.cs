using System.Globalization;
using System.Text.RegularExpressions;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>What the loop offers, for all who train by it.</summary>
public partial class EveryTrainerTests
{
    private static readonly Dictionary<string, IReadOnlyList<TrainingProgress>> s_plain = [];

    public static TheoryData<string> All => [.. EveryTrainer.All.Keys];

    [Fact]
    public void None_is_left_out() =>
        typeof(TrainingOptions).Assembly.GetTypes().Where(type => typeof(TrainingOptions).IsAssignableFrom(type) && !type.IsAbstract && type != typeof(TrainingOptions)).Select(type => type.Name)
            .Should().BeEquivalentTo(EveryTrainer.All.Keys.Select(OptionsOf).Distinct());

    [Theory]
    [MemberData(nameof(All))]
    public void Learns_in_16_bits_about_what_it_learns_in_32(string trainer)
    {
        IReadOnlyList<TrainingProgress> exact = Plain(trainer), half = EveryTrainer.Steps(trainer, 0, o => o.Precision = TrainingPrecision.BFloat16);
        half.Should().OnlyContain(step => step.Precision == TrainingPrecision.BFloat16);
        half.Select(step => step.Loss).Should().NotEqual(exact.Select(step => step.Loss), "they are rounded");
        foreach ((TrainingProgress expected, TrainingProgress actual) in exact.Zip(half))
        {
            actual.Loss.Should().BeApproximately(expected.Loss, 0.02 + 0.05 * Math.Abs(expected.Loss));
            actual.GradientNorm.Should().BeApproximately(expected.GradientNorm, 0.1 * expected.GradientNorm);
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Layers_that_run_twice_learn_the_same(string trainer)
    {
        void Twice(TrainingOptions options) => options.GradientCheckpointing = true;
        if (trainer is "PretrainElmo" or "NeuralLanguageModel" or "TextCnn" or "TextLstm")
        {
            FluentActions.Invoking(() => EveryTrainer.Steps(trainer, 0, Twice)).Should().Throw<ArgumentException>().WithMessage("*GradientCheckpointing is set*no Transformer layers*");
            return;
        }
        // Where a loss reads what is between layers, gradients of one state are added in another order.
        double tolerance = trainer.StartsWith("DistillText", StringComparison.Ordinal) ? 1e-5 : 0;
        Same(EveryTrainer.Steps(trainer, 0.2, Twice), EveryTrainer.Steps(trainer, 0.2));
        Same(EveryTrainer.Steps(trainer, 0, Twice), Plain(trainer));

        void Same(IReadOnlyList<TrainingProgress> actual, IReadOnlyList<TrainingProgress> expected)
        {
            actual.Should().HaveSameCount(expected);
            foreach ((TrainingProgress wanted, TrainingProgress found) in expected.Zip(actual))
            {
                found.Loss.Should().BeApproximately(wanted.Loss, tolerance * Math.Abs(wanted.Loss));
                found.GradientNorm.Should().BeApproximately(wanted.GradientNorm, tolerance * wanted.GradientNorm);
            }
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Batches_that_are_divided_for_want_of_memory_teach_what_whole_ones_do(string trainer)
    {
        (double all, double pass, bool comparesRows) = Least(trainer);
        comparesRows.Should().Be(trainer == "FineTuneEmbeddings, ranking");
        // Room for a row or two more than one.
        var limited = EveryTrainer.Steps(trainer, 0, o => o.MemoryLimit = (long)(1e6 * (all + (comparesRows ? 0.01 : 1.2 * pass))));
        // Means over more than one kind of thing weigh parts by one of them.
        double tolerance = comparesRows ? 0 : trainer is "PretrainBert, sentence pairs" or "PretrainBert, DistilBERT" || trainer.StartsWith("DistillText", StringComparison.Ordinal) ? 0.1 : 1e-4;
        foreach ((TrainingProgress expected, TrainingProgress actual) in Plain(trainer).Zip(limited))
        {
            actual.Loss.Should().BeApproximately(expected.Loss, tolerance * Math.Abs(expected.Loss));
            actual.GradientNorm.Should().BeApproximately(expected.GradientNorm, 2 * tolerance * expected.GradientNorm);
        }
        if (!comparesRows) limited.Select(step => step.Loss).Should().NotEqual(Plain(trainer).Select(step => step.Loss), "sums in parts are rounded otherwise");
    }

    [Theory]
    [InlineData("FineTuneText", TrainingPrecision.Float32)]
    [InlineData("FineTuneText", TrainingPrecision.BFloat16)]
    [InlineData("FineTuneText, regression by adapters", TrainingPrecision.Float32)]
    [InlineData("DistillText, TinyBERT", TrainingPrecision.Float32)]
    [InlineData("PretrainBert, DistilBERT", TrainingPrecision.Float32)]
    [InlineData("PretrainGpt", TrainingPrecision.Float32)]
    public void Live_tensors_are_flat_where_layers_run_twice_and_batches_are_divided(string trainer, TrainingPrecision precision)
    {
        (double all, double pass, _) = Least(trainer, precision);
        void Run(int steps) => EveryTrainer.Steps(trainer, 0.1, o => (o.MinSteps, o.MaxSteps, o.Precision, o.GradientCheckpointing, o.MemoryLimit) = (steps, steps, precision, true, (long)(1e6 * (all + pass)))).Should().HaveCount(steps);
        LiveTensors.ShouldNotGrow(() => Run(2), () => Run(20));
    }

    // MB that a trainer takes for one row at once, or all that are told from each other; MB of these that its forward and backward pass takes.
    private static (double All, double Pass, bool ComparesRows) Least(string trainer, TrainingPrecision precision = TrainingPrecision.Float32)
    {
        string message = FluentActions.Invoking(() => EveryTrainer.Steps(trainer, 0, o => (o.MemoryLimit, o.Precision) = (1, precision))).Should().Throw<ArgumentException>().WithMessage("*MemoryLimit is 0 MB, but training takes about*MB for*Expected that much at least*").Which.Message;
        double[] megabytes = [.. Numbers().Matches(message).Skip(1).Select(m => double.Parse(m.Groups[1].Value, CultureInfo.InvariantCulture))];
        return (megabytes[0], megabytes[2], message.Contains("told from each other", StringComparison.Ordinal));
    }

    // In 32 bits, without dropout.
    private static IReadOnlyList<TrainingProgress> Plain(string trainer)
    {
        if (!s_plain.TryGetValue(trainer, out IReadOnlyList<TrainingProgress>? steps)) s_plain.Add(trainer, steps = EveryTrainer.Steps(trainer, 0));
        return steps;
    }

    private static string OptionsOf(string trainer) => trainer switch
    {
        "FineTuneText, regression by adapters" => nameof(FineTuneTextRegressionOptions),
        "DistillText, TinyBERT" or "DistillText, MiniLM" => nameof(FineTuneTextOptions),
        _ => trainer.Split(',')[0].Split(' ')[0] + "Options",
    };

    [GeneratedRegex(@"([0-9.]+) MB")]
    private static partial Regex Numbers();
}
