using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text.MultiLabel;

/// <summary>From which probability on a label is given.</summary>
public sealed partial class FineTuneMultiLabelTests
{
    [Theory]
    [InlineData(TrainingPrecision.Float32, true, false)]
    [InlineData(TrainingPrecision.Float32, true, true)]
    [InlineData(TrainingPrecision.Float32, false, false)]
    [InlineData(TrainingPrecision.BFloat16, true, false)]
    public void Thresholds_are_those_of_the_best_F1_on_the_validation_rows_with_the_weights_that_are_kept(TrainingPrecision precision, bool restoreBest, bool adapters)
    {
        // Labels that half of the time say something else: soon learnt by heart, which the held rows do not bear out.
        Row[] held = Noisy(Rows(80, 2), 5);
        IDataView heldRows = View(held);
        long last = 0;
        var losses = new List<double>();
        FineTuneMultiLabelOptions options = Options(steps: 200);
        (options.ValidationData, options.RestoreBest, options.EvaluationsPerEpoch, options.Precision) = (heldRows, restoreBest, 2, precision);
        if (adapters) (options.Lora, options.LearningRate) = (new() { Rank = 8, Targets = LoraTargets.All }, 2e-2);
        options.Progress = new Reporter(p =>
        {
            last = p.Step;
            if (p.Metrics is { } metrics) losses.Add(metrics["Loss"]);
        });
        using MultiLabelTransformer model = Fit(View(Noisy(Rows(60, 1), 6)), options);
        last.Should().Be(200);
        losses.IndexOf(losses.Min()).Should().BeLessThan(losses.Count - 1, "the last weights are not the best");

        float[][] probabilities = [.. model.Transform(heldRows).GetColumn<float[]>("Score")];
        double loss = held.Zip(probabilities, (row, p) => Truth(row).Zip(p, (there, one) => -Math.Log(there ? one : 1 - one)).Average()).Average();
        loss.Should().BeApproximately(restoreBest ? losses.Min() : losses[^1], 0.02);
        bool[][] truth = [.. held.Select(Truth)];
        for (int label = 0; label < s_topics.Length; label++)
        {
            double best = probabilities.Select(row => row[label]).Max(threshold => F1(label, threshold));
            // In 16 bits the network that thresholds were tuned on gave slightly other numbers.
            F1(label, model.Thresholds[label]).Should().BeApproximately(best, precision == TrainingPrecision.Float32 ? 1e-9 : 0.06);
            best.Should().BeGreaterThan(F1(label, 2));
        }
        model.Thresholds.Should().Contain(threshold => threshold != 0.5);

        double F1(int label, double threshold) =>
            Scores(held, [.. probabilities.Select((row, i) => row.Select((p, k) => k == label ? p >= threshold : truth[i][k]).ToArray())]).Labels[label].F1;
    }

    [Fact]
    public void Without_validation_rows_or_where_none_of_them_has_the_label_the_threshold_is_a_half_and_given_ones_stay()
    {
        Row[] few = Rows(60, 1);
        using (MultiLabelTransformer plain = Fit(View(few), Options(steps: 3))) plain.Thresholds.Should().Equal(0.5, 0.5, 0.5);

        FineTuneMultiLabelOptions held = Options(steps: 3);
        held.ValidationData = View(Rows(60, 2, without: "green"));
        using (MultiLabelTransformer tuned = Fit(View(few), held))
        {
            tuned.Thresholds[1].Should().Be(0.5);
            tuned.Thresholds.Should().Contain(threshold => threshold != 0.5);
        }

        held.Thresholds = [0.2, 0.3, 0.4];
        using (MultiLabelTransformer given = Fit(View(few), held)) given.Thresholds.Should().Equal(0.2, 0.3, 0.4);
        held.Thresholds = [0.25];
        using MultiLabelTransformer one = Fit(View(few), held);
        one.Thresholds.Should().Equal(0.25, 0.25, 0.25);
        IDataView scored = one.Transform(View(few));
        scored.GetColumn<uint[]>("PredictedLabel").Should().BeEquivalentTo(
            scored.GetColumn<float[]>("Score").Select(row => row.Index().Where(p => p.Item >= 0.25).Select(p => (uint)p.Index + 1)), o => o.WithStrictOrdering());
    }

    [Fact]
    public void Given_thresholds_are_those_of_the_evaluations()
    {
        Row[] held = Rows(50, 2);
        IReadOnlyDictionary<string, double>? last = null;
        FineTuneMultiLabelOptions options = Options(steps: 2);
        (options.ValidationData, options.Thresholds, options.Progress) = (View(held), [0.001], new Reporter(p => last = p.Metrics ?? last));
        Fit(View(Rows(60, 1)), options).Dispose();
        last!["MicroF1"].Should().BeApproximately(Scores(held, [.. held.Select(_ => new[] { true, true, true })]).MicroF1, 1e-9, "everything is above");
    }
}
