using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class ElmoMixTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly ElmoTransformer _elmo;

    public ElmoMixTests() => _elmo = _ml.Transforms.Text.PretrainElmo("Vector", "Text", new PretrainElmoOptions { CellSize = 8, ProjectionSize = 4, CharacterEmbeddingSize = 4, Filters = [new(1, 4), new(2, 4)], Epochs = 1, MinCount = 1, Seed = 5, Threads = 1 }).Fit(TinyTexts.View(_ml));

    public void Dispose() => _elmo.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void The_layer_that_knows_the_class_gets_the_weight(int knowing)
    {
        // Of three layers of eight numbers, two are noise.
        var random = new Random(1);
        const int Rows = 400;
        float[] layers = [.. Enumerable.Range(0, Rows * 3 * 8).Select(_ => (float)(random.NextDouble() - 0.5))];
        long[] classes = [.. Enumerable.Range(0, Rows).Select(_ => (long)random.Next(4))];
        for (int row = 0; row < Rows; row++) layers[(row * 3 + knowing) * 8 + (int)classes[row]] += 2;
        ElmoMix mix = ElmoMix.Learn(layers, 3, classes, new ElmoMixOptions(), 1, () => { });
        mix.Shares.Sum().Should().BeApproximately(1, 1e-9);
        mix.Shares.ElementAt(knowing).Should().BeGreaterThan(0.7);
        ElmoMix same = ElmoMix.Learn(layers, 3, classes, new ElmoMixOptions(), 1, () => { });
        same.Weights.Should().Equal(mix.Weights);
        ElmoMix even = ElmoMix.Learn(layers, 3, classes, new ElmoMixOptions { MixRegularization = 100 }, 1, () => { });
        even.Shares.Should().AllSatisfy(share => share.Should().BeApproximately(1 / 3.0, 0.05));
    }

    [Fact]
    public void Means_of_layers_mix_to_the_vectors_of_the_fitted_transformer()
    {
        IDataView data = Keyed();
        using ElmoTransformer mixed = _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { Seed = 1 }).Fit(data);
        mixed.Options.MixWeights.Should().HaveCount(3);
        mixed.Options.MixWeights!.Distinct().Count().Should().BeGreaterThan(1);
        float[][] layers = [.. Enumerable.Range(0, 3).Select(layer =>
        {
            using ElmoTransformer one = _elmo.WithFeatures(Columns with { Layer = layer });
            return one.Transform(data).GetColumn<float[]>("Vector").First();
        })];
        double[] shares = [.. new ElmoMix([.. mixed.Options.MixWeights!], mixed.Options.MixScale).Shares];
        float[] vector = mixed.Transform(data).GetColumn<float[]>("Vector").First();
        for (int i = 0; i < vector.Length; i++) vector[i].Should().BeApproximately((float)(mixed.Options.MixScale * Enumerable.Range(0, 3).Sum(layer => shares[layer] * layers[layer][i])), 1e-4f);
    }

    [Fact]
    public void It_learns_from_boolean_labels_and_from_a_draw_of_the_rows()
    {
        using ElmoTransformer all = _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { LabelColumnName = "Flag", Seed = 1 }).Fit(TinyTexts.View(_ml, 200));
        using ElmoTransformer some = _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { LabelColumnName = "Flag", MaxRows = 40, Seed = 1 }).Fit(TinyTexts.View(_ml, 200));
        some.Options.MixWeights.Should().NotEqual(all.Options.MixWeights);
    }

    [Fact]
    public void Text_Boolean_and_number_labels_tell_the_same()
    {
        IDataView data = _ml.Transforms.Conversion.ConvertType("Number", "Flag", DataKind.Int64).Fit(TinyTexts.View(_ml)).Transform(TinyTexts.View(_ml));
        IReadOnlyList<float>[] weights = [.. new[] { "Flag", "Category", "Number" }.Select(label =>
        {
            using ElmoTransformer mixed = _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { LabelColumnName = label, Seed = 1 }).Fit(data);
            return mixed.Options.MixWeights!;
        })];
        foreach (IReadOnlyList<float> other in weights[1..]) other.Should().Equal(weights[0], (a, b) => Math.Abs(a - b) < 1e-4f);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo(_elmo, Columns with { Layer = 1 }, new ElmoMixOptions())).Should().Throw<ArgumentException>().WithMessage("*Layer, MixWeights or MixScale is set*");
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo(_elmo, Columns with { Pooling = Pooling.Max }, new ElmoMixOptions())).Should().Throw<ArgumentException>().WithMessage("*Pooling is Max*");
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { MaxRows = 1 })).Should().Throw<ArgumentException>().WithMessage("*MaxRows is 1*");
        IDataView words = _ml.Transforms.Text.TokenizeIntoWords("Words", "Text").Fit(TinyTexts.View(_ml)).Transform(TinyTexts.View(_ml));
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { LabelColumnName = "Words" }).Fit(words)).Should().Throw<ArgumentException>().WithMessage("Label column 'Words' is Vector<String>; ApplyElmo*");
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { LabelColumnName = "Flag" }).Fit(_ml.Data.FilterByCustomPredicate<TinyTexts.Row>(TinyTexts.View(_ml), row => row.Flag)))
            .Should().Throw<InvalidOperationException>().WithMessage("*30 labelled rows are of one class*");
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo(_elmo, Columns, new ElmoMixOptions { LabelColumnName = "Flag" }).Fit(TinyTexts.View(_ml, 0))).Should().Throw<InvalidOperationException>().WithMessage("*no training rows with a label*");
    }

    private static ElmoFeatureOptions Columns => new() { InputColumnName = "Text", OutputColumnName = "Vector" };

    private IDataView Keyed()
    {
        IDataView data = TinyTexts.View(_ml);
        return _ml.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(data).Transform(data);
    }
}
