using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class TextLstmTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(WordEmbeddings.Static, TextLstmPooling.Max)]
    [InlineData(WordEmbeddings.TwoChannels, TextLstmPooling.LastStates)]
    public void It_learns_and_treats_given_vectors_as_told(WordEmbeddings embeddings, TextLstmPooling pooling)
    {
        WordVectors vectors = Vectors();
        using TextClassificationTransformer model = Fit(Options(o => (o.Vectors, o.Embeddings, o.Pooling) = (vectors, embeddings, pooling)));
        _ml.BinaryClassification.Evaluate(model.Transform(TinyTexts.View(_ml)), "Flag").Accuracy.Should().Be(1);
        TextLstm network = ((TextLstmPredictor)model.Model).Lstm;
        network.Config.Pooling.Should().Be(pooling);
        int film = ((WordSequenceEncoder)model.Model.Encoder).Words.Find("film") + WordSequenceEncoder.FirstWordId;
        network.Embeddings[film].data<float>().ToArray().SequenceEqual(vectors["film"]).Should().Be(embeddings == WordEmbeddings.Static);
        network.named_parameters().Count(p => p.name == "fixed_embedding.weight").Should().Be(embeddings == WordEmbeddings.TwoChannels ? 1 : 0);
    }

    [Fact]
    public void The_order_of_words_can_tell_classes()
    {
        TinyTexts.Row[] rows = [.. Enumerable.Range(0, 80).Select(i => (i, filler: string.Concat(Enumerable.Repeat(" so", i % 5)))).Select(r => new TinyTexts.Row { Text = r.i % 2 == 0 ? $"dogs bite{r.filler} men" : $"men bite{r.filler} dogs", Flag = r.i % 2 == 0 })];
        IDataView data = _ml.Data.LoadFromEnumerable(rows);
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.TextLstm(Options(o => (o.LayerCount, o.Pooling) = (2, TextLstmPooling.LastStates))).Fit(data);
        model.Transform(data).GetColumn<bool>("PredictedLabel").Should().Equal(rows.Select(r => r.Flag));
    }

    [Theory]
    [InlineData(TextLstmPooling.Max)]
    [InlineData(TextLstmPooling.LastStates)]
    public void A_row_scores_alone_as_beside_longer_rows_also_without_words_and_after_loading(TextLstmPooling pooling)
    {
        using var folder = new TestFolder();
        using TextClassificationTransformer model = Fit(Options(o => (o.Pooling, o.LayerCount, o.MaxSteps) = (pooling, 2, 5)));
        TinyTexts.Row[] rows = [.. ((string[])["", "fine", "a dull cold film", "good fun for all the family and for all who like a fine warm film in town"]).Select(text => new TinyTexts.Row { Text = text })];
        float[] together = Scores(model, rows), alone = [.. rows.SelectMany(row => Scores(model, [row]))];
        alone.Should().Equal(together, (a, b) => Math.Abs(a - b) < 1e-5f);
        together.Distinct().Should().HaveCount(4);

        _ml.Model.Save(model, TinyTexts.View(_ml).Schema, folder.File("model.zip"));
        using var loaded = (TextClassificationTransformer)new MLContext().Model.Load(folder.File("model.zip"), out _);
        Scores(loaded, rows).Should().Equal(together);
        ((TextLstmPredictor)loaded.Model).Lstm.Config.Should().Be(((TextLstmPredictor)model.Model).Lstm.Config);
        model.SaveCheckpoint(folder.File("checkpoint"));
        FluentActions.Invoking(() => TextCnnPredictor.Load(folder.File("checkpoint"))).Should().Throw<InvalidDataException>().WithMessage("*cannot be read as the configuration of a TextCnn*");
    }

    [Fact]
    public void It_tells_which_words_spoke_for_a_class()
    {
        using TextClassificationTransformer model = Fit(Options());
        TextAttribution told = model.Explain("a dull film and a dull town", options: new() { Steps = 100 });
        told.Class.Should().Be("False");
        told.Sum.Should().BeApproximately(told.Output - told.BaselineOutput, 0.02 * Math.Abs(told.Output - told.BaselineOutput));
        told.Tokens.MaxBy(t => t.Value)!.Text.Should().Be("dull");
    }

    [Fact]
    public void Live_tensors_are_flat_over_many_steps()
    {
        void Run(long steps) => Fit(Options(o => (o.Epochs, o.MaxSteps) = (100, steps))).Dispose();

        LiveTensors.ShouldNotGrow(() => Run(2), () => Run(40));
    }

    [Fact]
    public void Options_out_of_range_are_refused_when_the_trainer_is_made()
    {
        foreach (TextLstmOptions options in (TextLstmOptions[])[Options(o => o.HiddenSize = 0), Options(o => o.LayerCount = 0), Options(o => o.Pooling = (TextLstmPooling)7), Options(o => o.Dropout = 1),
            Options(o => o.Embeddings = WordEmbeddings.Static), Options(o => o.MinCount = 0), Options(o => o.EmbeddingSize = 0), Options(o => o.LabelSmoothing = 1)])
            FluentActions.Invoking(() => _ml.MulticlassClassification.Trainers.TextLstm(options)).Should().Throw<ArgumentException>().WithMessage("TextLstm: *expected*");
    }

    private TextClassificationTransformer Fit(TextLstmOptions options) => _ml.BinaryClassification.Trainers.TextLstm(options).Fit(TinyTexts.View(_ml));

    private float[] Scores(ITransformer model, IEnumerable<TinyTexts.Row> rows) => [.. model.Transform(_ml.Data.LoadFromEnumerable(rows)).GetColumn<float>("Score")];

    private static TextLstmOptions Options(Action<TextLstmOptions>? change = null)
    {
        var options = new TextLstmOptions { LabelColumnName = "Flag", Epochs = 15, BatchSize = 16, EmbeddingSize = 8, HiddenSize = 8, Dropout = 0.2, LearningRate = 2e-2, Seed = 3 };
        change?.Invoke(options);
        return options;
    }

    private static WordVectors Vectors()
    {
        using var folder = new TestFolder();
        File.WriteAllText(folder.File("v.txt"), "film 1 0 0.5 -1\nfine 0 1 0 0.25\ndull 0 -1 0.5 0.125\nunseen 1 1 1 1\n");
        return WordVectors.Load(folder.File("v.txt"));
    }
}
