using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

/// <summary>What the fitted model gives.</summary>
public sealed partial class PretrainElmoTests
{
    [Fact]
    public void A_word_differs_by_its_context_above_layer_0_and_not_in_it()
    {
        using ElmoTransformer model = Fit(Chain(1, 50), o => o.Epochs = 1);
        double Similarity(int layer) => model.TokenVectors("w1 w2 w3", layer)[1].Similarity(model.TokenVectors("w7 w2", layer)[1]);
        Similarity(0).Should().BeApproximately(1, 1e-6);
        Similarity(1).Should().BeLessThan(0.999);
        Similarity(-1).Should().Be(Similarity(2));
        model.TokenVectors("zebra w1")[0].Vector.ToArray().Should().NotEqual(model.TokenVectors("quagga w1")[0].Vector.ToArray(), "words never seen have characters");
        model.TokenVectors("").Should().BeEmpty();
        FluentActions.Invoking(() => model.TokenVectors("w1", 3)).Should().Throw<ArgumentException>().WithMessage("*Layer is 3*2 LSTM layers*expected -3 to 2*");
    }

    [Fact]
    public void Columns_hold_each_words_vector_and_their_mean_or_maximum_however_long_the_text()
    {
        string[] texts = ["w1 w2 w3", "", string.Join(' ', Chain(4, 5)), "w9"];
        foreach (Pooling pooling in (Pooling[])[Pooling.Mean, Pooling.Max])
        {
            using ElmoTransformer model = Fit(Chain(1, 20), o => (o.Epochs, o.TokensColumnName, o.Pooling, o.Layer, o.MaxSentenceLength) = (1, "Tokens", pooling, -1, 16));
            IDataView scored = model.Transform(View(texts));
            float[][] vectors = [.. scored.GetColumn<float[]>("Features")], tokens = [.. scored.GetColumn<float[]>("Tokens")];
            for (int i = 0; i < texts.Length; i++)
            {
                IReadOnlyList<WordInContext> words = model.TokenVectors(texts[i]);
                words.Select(w => w.Word).Should().Equal(texts[i].Split(' ', StringSplitOptions.RemoveEmptyEntries));
                float[] all = [.. words.SelectMany(w => w.Vector.ToArray())];
                tokens[i].Should().HaveCount(all.Length);
                for (int j = 0; j < all.Length; j++) tokens[i][j].Should().BeApproximately(all[j], 1e-5f, "a text in a batch is what it is alone");
                for (int j = 0; j < model.VectorSize; j++)
                {
                    float[] values = [.. words.Select(w => w.Vector.Span[j])];
                    vectors[i][j].Should().BeApproximately(values.Length == 0 ? 0 : pooling == Pooling.Mean ? values.Average() : values.Max(), 1e-5f);
                }
            }
        }
    }

    [Fact]
    public void A_mix_that_trusts_one_layer_is_that_layer_scaled()
    {
        using ElmoTransformer model = Fit(Chain(1, 20), o => (o.Epochs, o.MixWeights, o.MixScale) = (1, [-100, 100, -100], 0.5f));
        using ElmoTransformer layer = model.WithFeatures(new ElmoFeatureOptions { InputColumnName = "Text", OutputColumnName = "Features", Layer = 1 });
        using ElmoTransformer even = model.WithFeatures(new ElmoFeatureOptions { InputColumnName = "Text", OutputColumnName = "Features" });
        float[] Vector(ElmoTransformer t) => t.Transform(View(["w1 w2 w3"])).GetColumn<float[]>("Features").Single();
        float[] mixed = Vector(model), one = Vector(layer), mean = Vector(even);
        float[][] layers = [.. Enumerable.Range(0, 3).Select(i => Vector(model.WithFeatures(layer.Options with { Layer = i })))];
        for (int i = 0; i < one.Length; i++)
        {
            mixed[i].Should().BeApproximately(one[i] / 2, 1e-6f);
            mean[i].Should().BeApproximately(layers.Average(l => l[i]), 1e-6f);
        }
    }

    [Fact]
    public void A_saved_model_gives_the_same_vectors_and_perplexity_here_and_in_a_process_that_knows_nothing_of_it()
    {
        using var folder = new TestFolder();
        string[] texts = ["w1 w2 zebra", "w3", "w4 w5 w6 w7"];
        using ElmoTransformer model = Fit(Chain(1, 50), o => (o.Epochs, o.MixWeights) = (2, [0.1f, -2, 1.5f]));
        _ml.Model.Save(model, View([]).Schema, folder.File("m.zip"));
        using var loaded = (ElmoTransformer)new MLContext().Model.Load(folder.File("m.zip"), out _);
        loaded.Options.Should().BeEquivalentTo(model.Options);
        loaded.Config.Should().BeEquivalentTo(model.Config);
        loaded.Perplexity(texts).Should().Be(model.Perplexity(texts));
        loaded.TokenVectors(texts[0], 1)[2].Vector.ToArray().Should().Equal(model.TokenVectors(texts[0], 1)[2].Vector.ToArray());
        float[][] expected = [.. model.Transform(View(texts)).GetColumn<float[]>("Features")];
        (string[] columns, string[][] rows) = FreshProcess.Score(folder.File("m.zip"), texts);
        columns.Should().Equal("Features Vector<Single, 24>");
        for (int i = 0; i < texts.Length; i++)
        {
            float[] actual = [.. rows[i][0].Split(' ').Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture))];
            for (int j = 0; j < actual.Length; j++) actual[j].Should().BeApproximately(expected[i][j], 1e-6f);
        }
    }

    [Fact]
    public void Live_tensors_are_flat_over_many_steps()
    {
        void Run(double epochs) => Fit(Chain(1, 64), o => (o.Epochs, o.SampledWords, o.Dropout) = (epochs, 4, 0.1)).Dispose();

        LiveTensors.ShouldNotGrow(() => Run(0.25), () => Run(20));
    }
}
