using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public class EncodeTextTests
{
    [Fact]
    public void A_chain_with_an_encoder_survives_saving_and_loading()
    {
        var ml = new MLContext(seed: 1);
        IDataView data = TinyTexts.View(ml);
        var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Category")
            .Append(ml.Transforms.Text.EncodeText("Features", "Text", TinyTexts.Encoder))
            .Append(ml.Transforms.NormalizeMinMax("Features"))
            .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy())
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(data);
        float[][] expected = Scores(model.Transform(data));

        string path = Path.Combine(Path.GetTempPath(), Guid.NewGuid() + ".zip");
        ml.Model.Save(model, data.Schema, path);
        ITransformer loaded = new MLContext().Model.Load(path, out _);
        File.Delete(path);
        float[][] actual = Scores(loaded.Transform(data));
        actual.Should().BeEquivalentTo(expected, o => o.WithStrictOrdering());
        using var engine = ml.Model.CreatePredictionEngine<TinyTexts.Row, Prediction>(loaded);
        engine.Predict(new TinyTexts.Row { Text = "a fine warm film" }).PredictedLabel.Should().NotBeEmpty();
    }

    private static float[][] Scores(IDataView view) => [.. view.GetColumn<float[]>("Score")];

    private sealed class Prediction
    {
        public string PredictedLabel { get; set; } = "";
    }
}
