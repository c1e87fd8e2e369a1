using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class EncodeTextTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_chain_around_an_encoder_gives_the_same_values_in_a_fresh_process_and_one_by_one()
    {
        IDataView data = TinyTexts.View(_ml);
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(_ml.Transforms.Text.EncodeText("Features", "Text", TinyTexts.Encoder))
            .Append(_ml.Transforms.NormalizeMinMax("Features"))
            .Append(_ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        string path = _folder.File("model.zip");
        _ml.Model.Save(model, data.Schema, path);

        string[] texts = ["a fine warm film", "dull", "", "something else entirely"];
        IDataView scored = model.Transform(_ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text })));
        string[] labels = [.. scored.GetColumn<string>("PredictedLabel")];
        float[][] scores = [.. scored.GetColumn<float[]>("Score")];
        (string[] columns, string[][] rows) = FreshProcess.Score(path, texts);
        rows.Select(r => r[Index("PredictedLabel")]).Should().Equal(labels);
        rows.Select(r => r[Index("Score")]).Should().Equal(scores.Select(s => string.Join(' ', s.Select(v => v.ToString("R", CultureInfo.InvariantCulture)))));

        using var engine = _ml.Model.CreatePredictionEngine<TinyTexts.Row, Prediction>(new MLContext().Model.Load(path, out _));
        for (int i = 0; i < texts.Length; i++)
        {
            Prediction one = engine.Predict(new TinyTexts.Row { Text = texts[i] });
            one.PredictedLabel.Should().Be(labels[i]);
            one.Score.Should().Equal(scores[i], (a, b) => Math.Abs(a - b) < 1e-5);
        }

        int Index(string name) => Array.FindIndex(columns, c => c.StartsWith(name, StringComparison.Ordinal));
    }

    [Fact]
    public void A_prediction_engine_over_a_fine_tuned_model_agrees_with_the_batch()
    {
        IDataView data = TinyTexts.View(_ml);
        ITransformer model = _ml.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(_ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, new FineTuneTextOptions { MaxSteps = 20, LearningRate = 3e-3, MaxLength = 24, BatchSize = 10, Seed = 1 }))
            .Append(_ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(data);
        float[][] scores = [.. model.Transform(data).GetColumn<float[]>("Score")];
        using var engine = _ml.Model.CreatePredictionEngine<TinyTexts.Row, Prediction>(model);
        foreach ((int i, TinyTexts.Row row) in TinyTexts.Rows().Index().Take(10)) engine.Predict(row).Score.Should().Equal(scores[i], (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Ten_thousand_rows_leave_no_tensor_behind()
    {
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(TinyTexts.View(_ml));
        IDataView rows = TinyTexts.View(_ml, 10_000);
        encoder.Transform(TinyTexts.View(_ml, 50)).GetColumn<float[]>("Vector").Count().Should().Be(50);
        LiveTensors.ShouldLeaveNone(() => encoder.Transform(rows).GetColumn<float[]>("Vector").Count().Should().Be(10_000));
    }

    [Fact]
    public void Batches_by_length_give_the_vectors_of_texts_scored_alone()
    {
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder, normalize: true).Fit(TinyTexts.View(_ml));
        float[][] together = [.. encoder.Transform(TinyTexts.View(_ml)).GetColumn<float[]>("Vector")];
        foreach ((int i, TinyTexts.Row row) in TinyTexts.Rows().Index())
        {
            float[] alone = encoder.Transform(_ml.Data.LoadFromEnumerable([row])).GetColumn<float[]>("Vector").Single();
            alone.Should().Equal(together[i], (a, b) => Math.Abs(a - b) < 1e-5);
            alone.Sum(v => v * v).Should().BeApproximately(1, 1e-4f);
        }
    }

    [Theory]
    [InlineData(Pooling.Cls)]
    [InlineData(Pooling.Mean)]
    [InlineData(Pooling.Max)]
    public void Each_pooling_is_what_its_name_says_of_the_token_vectors(Pooling pooling)
    {
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText(TinyTexts.Encoder, new() { InputColumnName = "Text", OutputColumnName = "Vector", TokensColumnName = "Tokens", Pooling = pooling }).Fit(TinyTexts.View(_ml));
        IDataView scored = encoder.Transform(TinyTexts.View(_ml));
        foreach ((float[] vector, VBuffer<float> tokens) in scored.GetColumn<float[]>("Vector").Zip(scored.GetColumn<VBuffer<float>>("Tokens")))
        {
            float[][] rows = [.. tokens.DenseValues().Chunk(vector.Length)];
            for (int d = 0; d < vector.Length; d++)
            {
                IEnumerable<float> values = rows.Select(r => r[d]);
                vector[d].Should().BeApproximately(pooling switch { Pooling.Cls => values.First(), Pooling.Max => values.Max(), _ => values.Average() }, 1e-5f);
            }
        }
    }

    public void Dispose() => _folder.Dispose();

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];
    }
}
