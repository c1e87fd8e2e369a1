using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class TextCnnTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(null)]
    [InlineData(WordEmbeddings.Static)]
    [InlineData(WordEmbeddings.Tuned)]
    [InlineData(WordEmbeddings.TwoChannels)]
    public void It_learns_and_treats_given_vectors_as_told(WordEmbeddings? embeddings)
    {
        WordVectors vectors = Vectors();
        using TextClassificationTransformer model = Fit(Options(o =>
        {
            if (embeddings is { } given) (o.Vectors, o.Embeddings) = (vectors, given);
        }));
        BinaryAccuracy(model).Should().Be(1);
        var network = ((TextCnnPredictor)model.Model).Cnn;
        var weights = network.named_parameters().Where(p => p.name.Contains("embedding")).ToDictionary(p => p.name, p => p.parameter);
        weights.Should().HaveCount(embeddings == WordEmbeddings.TwoChannels ? 2 : 1);
        int film = ((WordSequenceEncoder)model.Model.Encoder).Words.Find("film") + WordSequenceEncoder.FirstWordId;
        if (embeddings is not null) Row("embedding.weight").SequenceEqual(vectors["film"]).Should().Be(embeddings == WordEmbeddings.Static);
        if (embeddings == WordEmbeddings.TwoChannels) Row("fixed_embedding.weight").Should().Equal(vectors["film"]);
        Row("embedding.weight", WordSequenceEncoder.PadId).Should().OnlyContain(v => v == 0);

        float[] Row(string name, int? row = null) => weights[name][row ?? film].data<float>().ToArray();
    }

    [Fact]
    public void Words_that_only_the_vectors_know_are_known_when_scoring()
    {
        using TextClassificationTransformer model = Fit(Options(o => (o.Vectors, o.Embeddings) = (Vectors(), WordEmbeddings.Static)));
        ((WordSequenceEncoder)model.Model.Encoder).Words.Find("unseen").Should().BeGreaterThan(0);
    }

    [Fact]
    public void Chinese_is_read_by_characters()
    {
        string[] good = ["好电影", "很好看", "真好"], bad = ["坏电影", "很难看", "真坏"];
        IDataView data = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 60).Select(i => new TinyTexts.Row { Text = (i % 2 == 0 ? good : bad)[i / 2 % 3], Flag = i % 2 == 0 }));
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.TextCnn(Options(o => (o.Splitting, o.FilterWidths) = (new() { Unit = WordUnit.Character }, [1, 2]))).Fit(data);
        model.Transform(data).GetColumn<bool>("PredictedLabel").Should().Equal(data.GetColumn<bool>("Flag"));
    }

    [Fact]
    public void Fitted_models_a_file_and_loaded_vectors_are_all_taken()
    {
        using var folder = new TestFolder();
        Vectors().Save(folder.File("v.bin"));
        WordVectorTransformer word2Vec = _ml.Transforms.Text.Word2Vec("F", "Text", new() { MinCount = 1, VectorSize = 6, Seed = 1 }).Fit(TinyTexts.View(_ml));
        using NeuralLanguageModelTransformer languageModel = _ml.Transforms.Text.NeuralLanguageModel("F", "Text", new() { MinCount = 1, VectorSize = 5, MaxSteps = 1, Seed = 1 }).Fit(TinyTexts.View(_ml));
        foreach (WordVectorSource source in (WordVectorSource[])[folder.File("v.bin"), Vectors(), word2Vec, languageModel])
        {
            using TextClassificationTransformer model = _ml.MulticlassClassification.Trainers.TextCnn("Label", "Text", source, epochs: 1)
                .Fit(_ml.Transforms.Conversion.MapValueToKey("Label", "Category").Fit(TinyTexts.View(_ml)).Transform(TinyTexts.View(_ml)));
            model.Labels.Should().Equal("good", "bad");
        }
    }

    [Fact]
    public void Phrases_of_a_fitted_word2vec_are_joined_in_training_scoring_and_after_loading()
    {
        using var folder = new TestFolder();
        WordVectorTransformer word2Vec = _ml.Transforms.Text.Word2Vec("F", "Text", new() { MinCount = 1, VectorSize = 6, Seed = 1, Phrases = new() { MinCount = 1, Threshold = 1 } }).Fit(TinyTexts.View(_ml));
        word2Vec.Vectors.Words.Should().Contain("warm_good");
        using TextClassificationTransformer model = Fit(Options(o => o.Vectors = word2Vec));
        model.SaveCheckpoint(folder.Path);
        using TextCnnPredictor loaded = TextCnnPredictor.Load(folder.Path);
        foreach (WordSequenceEncoder encoder in (WordSequenceEncoder[])[(WordSequenceEncoder)model.Model.Encoder, (WordSequenceEncoder)loaded.Encoder])
        {
            var ids = new MLNet.Pretrain.Tokenization.EncodedText();
            encoder.Encode("warm good", 10, MLNet.Pretrain.Tokenization.TruncationStrategy.LongestFirst, ids);
            ids.Ids.ToArray().Where(id => id != WordSequenceEncoder.PadId).Should().Equal(encoder.Words.Find("warm_good") + WordSequenceEncoder.FirstWordId);
        }
    }

    [Fact]
    public void A_fitted_word2vec_that_divides_texts_otherwise_is_refused()
    {
        WordVectorTransformer characters = _ml.Transforms.Text.Word2Vec("F", "Text", new() { MinCount = 1, VectorSize = 6, Seed = 1, Splitting = new() { Unit = WordUnit.Character } }).Fit(TinyTexts.View(_ml));
        FluentActions.Invoking(() => _ml.BinaryClassification.Trainers.TextCnn(Options(o => o.Vectors = characters))).Should().Throw<ArgumentException>().WithMessage("TextCnn: Splitting is *Word*; expected that of the fitted transformer*Character*");
        Fit(Options(o => (o.Vectors, o.Splitting) = (characters, new() { Unit = WordUnit.Character }))).Dispose();
        Fit(Options(o => o.Vectors = characters.Vectors)).Dispose();
    }

    [Fact]
    public void Where_all_training_words_are_known_an_unknown_word_says_nothing()
    {
        using TextClassificationTransformer model = Fit(Options());
        ((TextCnnPredictor)model.Model).Cnn.Embeddings[WordSequenceEncoder.UnknownId].data<float>().Should().OnlyContain(v => v == 0);
    }

    [Theory]
    [InlineData(MLNet.Pretrain.Tokenization.TruncationStrategy.LongestFirst, 3, true)]
    [InlineData(MLNet.Pretrain.Tokenization.TruncationStrategy.HeadAndTail, 3, false)]
    [InlineData(MLNet.Pretrain.Tokenization.TruncationStrategy.LongestFirst, 4, false)]
    public void What_is_beyond_the_limit_is_cut_as_told(MLNet.Pretrain.Tokenization.TruncationStrategy truncation, int maxLength, bool same)
    {
        using TextClassificationTransformer model = Fit(Options(o => (o.Truncation, o.MaxLength) = (truncation, maxLength)));
        float[] scores = [.. model.Transform(_ml.Data.LoadFromEnumerable([new TinyTexts.Row { Text = "film and fun fine" }, new() { Text = "film and fun dull" }])).GetColumn<float>("Score")];
        (scores[0] == scores[1]).Should().Be(same);
    }

    [Fact]
    public void A_saved_network_names_its_damage()
    {
        using var folder = new TestFolder();
        using TextClassificationTransformer model = Fit(Options());
        model.SaveCheckpoint(folder.Path);
        TextCnnPredictor.Load(folder.Path).Dispose();
        File.AppendAllText(folder.File("words.txt"), "another\n");
        FluentActions.Invoking(() => TextCnnPredictor.Load(folder.Path)).Should().Throw<InvalidDataException>().WithMessage("*words*vocabulary*");
        File.WriteAllText(folder.File("config.json"), "{}");
        FluentActions.Invoking(() => TextCnnPredictor.Load(folder.Path)).Should().Throw<InvalidDataException>().WithMessage("*config.json*");
    }

    [Fact]
    public void A_configuration_written_before_there_was_a_second_kind_is_read()
    {
        using var folder = new TestFolder();
        using TextClassificationTransformer model = Fit(Options());
        model.SaveCheckpoint(folder.Path);
        int words = ((WordSequenceEncoder)model.Model.Encoder).VocabSize;
        File.WriteAllText(folder.File("config.json"), $$"""
            {
              "model_type": "textcnn", "vocab_size": {{words}}, "embedding_size": 8, "filter_sizes": [2, 3], "num_filters": 6, "dropout": 0.5,
              "two_channels": false, "pad_token_id": 0, "word_unit": "Word", "lowercase": true, "labels": ["False", "True"]
            }
            """);
        using TextCnnPredictor loaded = TextCnnPredictor.Load(folder.Path);
        loaded.Cnn.Config.Should().BeEquivalentTo(((TextCnnPredictor)model.Model).Cnn.Config);
        loaded.Labels.Should().Equal(model.Model.Labels);
        loaded.Cnn.named_parameters().Select(p => p.name).Should().Equal("embedding.weight", "convs.0.weight", "convs.0.bias", "convs.1.weight", "convs.1.bias", "fc.weight", "fc.bias");
    }

    [Fact]
    public void Live_tensors_are_flat_over_many_steps()
    {
        void Run(double epochs) => Fit(Options(o => o.Epochs = epochs)).Dispose();

        LiveTensors.ShouldNotGrow(() => Run(2), () => Run(60));
    }

    [Fact]
    public void The_limit_on_the_last_layers_weights_holds_for_those_of_32_bits_where_training_computes_in_16()
    {
        using TextClassificationTransformer model = Fit(Options(o => (o.Epochs, o.MaxNorm, o.Precision) = (4, 0.3, TrainingPrecision.BFloat16)));
        using DisposeScope scope = NewDisposeScope();
        Tensor weight = ((TextCnnPredictor)model.Model).Cnn.get_parameter("fc.weight")!;
        weight.norm(1).max().item<float>().Should().BeInRange(0.29f, 0.3001f);
        weight.eq(weight.to(bfloat16).to(float32)).all().item<bool>().Should().BeFalse("the model has what was not rounded");
    }

    [Fact]
    public void Options_out_of_range_are_refused_when_the_trainer_is_made()
    {
        foreach (TextCnnOptions options in (TextCnnOptions[])[Options(o => o.FilterWidths = []), Options(o => o.FeatureMaps = 0), Options(o => o.Dropout = 1), Options(o => o.MaxNorm = -1),
            Options(o => o.Embeddings = WordEmbeddings.Static), Options(o => o.MinCount = 0), Options(o => o.EmbeddingSize = 0)])
            FluentActions.Invoking(() => _ml.BinaryClassification.Trainers.TextCnn(options)).Should().Throw<ArgumentException>().WithMessage("TextCnn: *expected*");
    }

    private TextClassificationTransformer Fit(TextCnnOptions options) => _ml.BinaryClassification.Trainers.TextCnn(options).Fit(TinyTexts.View(_ml));

    private double BinaryAccuracy(ITransformer model) => _ml.BinaryClassification.Evaluate(model.Transform(TinyTexts.View(_ml)), "Flag").Accuracy;

    private static TextCnnOptions Options(Action<TextCnnOptions>? change = null)
    {
        var options = new TextCnnOptions { LabelColumnName = "Flag", Epochs = 20, BatchSize = 16, EmbeddingSize = 8, FeatureMaps = 6, FilterWidths = [2, 3], LearningRate = 1e-2, Seed = 3 };
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
