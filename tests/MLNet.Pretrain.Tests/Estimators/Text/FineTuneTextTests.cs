using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public class FineTuneTextTests
{
    [Fact]
    public void Two_easily_told_classes_are_learnt_and_evaluated_by_ML_NET()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TinyTexts.View(ml);
        var multiclass = ml.Transforms.Conversion.MapValueToKey("Label", "Category").Append(ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Label")));
        ml.MulticlassClassification.Evaluate(multiclass.Fit(data).Transform(data)).MicroAccuracy.Should().Be(1);
        using TextClassificationTransformer binary = ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Flag")).Fit(data);
        CalibratedBinaryClassificationMetrics metrics = ml.BinaryClassification.Evaluate(binary.Transform(data), "Flag");
        metrics.Accuracy.Should().Be(1);
        metrics.LogLoss.Should().BeLessThan(0.3);
    }

    [Fact]
    public void Cross_validation_works_as_for_every_other_trainer()
    {
        var ml = new MLContext(seed: 1);
        var folds = ml.BinaryClassification.CrossValidate(TinyTexts.View(ml), ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Flag")), numberOfFolds: 2, labelColumnName: "Flag");
        folds.Select(f => f.Metrics.Accuracy).Should().OnlyContain(a => a > 0.8);
    }

    [Fact]
    public void A_fine_tuned_chain_gives_the_same_values_in_a_fresh_process()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TinyTexts.View(ml);
        var chain = ml.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Label")))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        string[] texts = ["a fine warm film", "dull", "", "something else entirely"];
        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + ".zip");
        try
        {
            ITransformer model = chain.Fit(data);
            ml.Model.Save(model, data.Schema, path);
            IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text })));
            string[] expected = [.. scored.GetColumn<float[]>("Score").Select(s => string.Join(' ', s.Select(v => v.ToString("R", System.Globalization.CultureInfo.InvariantCulture))))];
            (string[] columns, string[][] rows) = FreshProcess.Score(path, texts);
            columns.Should().Contain(c => c.StartsWith("Score Vector<Single, 2>", StringComparison.Ordinal));
            int score = Array.FindIndex(columns, c => c.StartsWith("Score", StringComparison.Ordinal)), label = Array.FindIndex(columns, c => c.StartsWith("PredictedLabel", StringComparison.Ordinal));
            rows.Select(r => r[score]).Should().Equal(expected);
            rows.Select(r => r[label]).Should().Equal(scored.GetColumn<string>("PredictedLabel"));
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_fitted_encoder_is_copied_not_changed()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TinyTexts.View(ml);
        using TextEncoderTransformer encoder = ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(data);
        float[][] before = [.. encoder.Transform(data).GetColumn<float[]>("Vector")];
        using (TextClassificationTransformer tuned = ml.BinaryClassification.Trainers.FineTuneText(encoder, Options("Flag")).Fit(data))
            ml.BinaryClassification.Evaluate(tuned.Transform(data), "Flag").Accuracy.Should().Be(1);
        encoder.Transform(data).GetColumn<float[]>("Vector").Should().BeEquivalentTo(before, o => o.WithStrictOrdering());
    }

    [Fact]
    public void Two_hundred_steps_leave_no_more_tensors_than_two()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TinyTexts.View(ml);
        LiveTensors.ShouldNotGrow(() => Run(2), () => Run(200));

        void Run(long steps)
        {
            FineTuneTextOptions options = Options("Flag");
            (options.MaxSteps, options.Epochs) = (steps, 1000);
            ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Fit(data).Dispose();
        }
    }

    [Fact]
    public void Bad_labels_are_named()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TinyTexts.View(ml);
        IDataView oneClass = ml.Data.LoadFromEnumerable(TinyTexts.Rows().Where(r => r.Flag));
        var trainer = ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Flag"));
        trainer.Invoking(t => t.Fit(oneClass)).Should().Throw<InvalidOperationException>().WithMessage("*one class*expected*");
        IDataView vectors = ml.Transforms.Text.TokenizeIntoWords("Words", "Category").Fit(data).Transform(data);
        ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, Options("Words"))
            .Invoking(t => t.Fit(vectors)).Should().Throw<ArgumentException>().WithMessage("*'Words' is Vector<String>*Key*MapValueToKey*");
        FineTuneTextOptions weights = Options("Flag");
        weights.ClassWeights = [1, 2, 3];
        ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, weights).Invoking(t => t.Fit(data)).Should().Throw<ArgumentException>().WithMessage("*3 values*2 classes*");
    }

    private static FineTuneTextOptions Options(string label) => new()
    {
        LabelColumnName = label,
        TextColumnName = "Text",
        Epochs = 12,
        BatchSize = 10,
        LearningRate = 5e-3,
        MaxLength = 24,
        Dropout = 0,
        Seed = 1,
    };
}
