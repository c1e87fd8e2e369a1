using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class NeuralLanguageModelTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(16, false, 0)]
    [InlineData(16, true, 6)]
    [InlineData(0, true, 0)]
    public void It_learns_the_probabilities_of_a_source_whose_entropy_is_known(int hidden, bool direct, int sampled)
    {
        // Each word is followed by the next with probability 0.8, by the one after it with 0.2.
        using NeuralLanguageModelTransformer model = Fit(Chain(1, 400), o => (o.HiddenSize, o.DirectConnections, o.SampledWords) = (hidden, direct, sampled));
        double entropy = -(0.8 * Math.Log(0.8) + 0.2 * Math.Log(0.2));
        PerplexityResult result = model.Perplexity(Chain(2, 50));
        result.Words.Should().Be(50 * 41);
        result.UnknownWords.Should().Be(0);
        // 39 of the 41 words of a text are as uncertain as that; its first is one of ten, its end one of eleven words with certainty after the fortieth, which the model cannot count.
        double expected = (39 * entropy + Math.Log(10) + 40 * -Math.Log(40 / 41.0) + Math.Log(41)) / 41;
        Math.Log(result.Perplexity).Should().BeApproximately(expected, 0.04);
        IReadOnlyList<WordProbability> next = model.NextWords("w2 w3 w4", 2);
        next.Select(w => w.Word).Should().Equal("w5", "w6");
        next[0].Probability.Should().BeApproximately(0.78f, 0.06f);
        next[1].Probability.Should().BeApproximately(0.195f, 0.06f);
    }

    [Fact]
    public void The_network_is_Bengios_formula()
    {
        using var scope = NewDisposeScope();
        using var network = new FeedForwardLanguageModel(new NeuralLanguageModelConfig { VocabularySize = 7, ContextSize = 2, EmbeddingSize = 3, HiddenSize = 4, DirectConnections = true }, 5);
        var p = network.named_parameters().ToDictionary(x => x.name, x => (Tensor)x.parameter);
        using (no_grad()) p["direct.weight"].copy_(randn(7, 6));
        Tensor contexts = tensor(new long[,] { { 1, 2 }, { 6, 0 } });
        Tensor x = p["embedding.weight"][contexts.flatten()].view(2, 6);
        Tensor y = p["output.bias"] + x.matmul(p["direct.weight"].t()) + (p["hidden.bias"] + x.matmul(p["hidden.weight"].t())).tanh().matmul(p["output.weight"].t());
        (network.forward(contexts) - y).abs().max().item<float>().Should().BeLessThan(1e-6f);
        Tensor targets = tensor(new long[] { 3, 4 }), candidates = tensor(new long[] { 5, 0, 5 });
        Tensor expected = cat([y.gather(1, targets.unsqueeze(1)), y.index_select(1, candidates)], 1);
        (network.Sampled(contexts, targets, candidates) - expected).abs().max().item<float>().Should().BeLessThan(1e-6f);
    }

    [Fact]
    public void A_text_longer_than_a_row_goes_on_with_the_words_before_it()
    {
        string[] whole = [string.Join(' ', Chain(3, 40))];
        IDataView data = View(whole);
        using Corpus corpus = Corpus.Read(data, data.Schema["Text"], new CorpusRequest("Test", new(), null, 1, null, 1000, true), () => { });
        using TokenStore rows = LanguageModelRows.Write(corpus, 13, 3, 16, out long[] counts);
        long[] lengths = [.. Enumerable.Range(0, (int)rows.Count).Select(i => (long)rows.Length(i) - 3)];
        lengths.Sum().Should().Be(40 * 40 + 1, "every word and the end are predicted once");
        counts.Sum().Should().Be(40 * 40 + 1);
        long[] first = new long[rows.Length(0)], second = new long[rows.Length(1)];
        rows.CopyIds(0, first);
        rows.CopyIds(1, second);
        second[..3].Should().Equal(first[^3..]);
    }

    [Fact]
    public void Words_are_vectors_with_the_services_of_word2vec()
    {
        using NeuralLanguageModelTransformer model = Fit(Chain(1, 50), o => o.Epochs = 1);
        model.Vectors.Count.Should().Be(10);
        model.Vectors.MostSimilar("w1", 3).Should().HaveCount(3);
        model.Perplexity(["w1 zebra"]).UnknownWords.Should().Be(1);
        FluentActions.Invoking(() => model.Perplexity([])).Should().Throw<ArgumentException>().WithMessage("*no texts*");
    }

    [Fact]
    public void Perplexity_is_of_the_probabilities_that_NextWords_gives()
    {
        using NeuralLanguageModelTransformer model = Fit(["a b", "a c"], o => o.Epochs = 1);
        double P(string text, string next) => model.NextWords(text, 100).Single(w => w.Word == next).Probability;
        model.NextWords("", 100).Should().HaveCount(5, "a, b, c, the end and the unknown word").And.NotContain(w => w.Word == "<s>");
        model.Perplexity(["a"]).Perplexity.Should().BeApproximately(1 / Math.Sqrt(P("", "a") * P("a", "</s>")), 1e-4);
    }

    [Fact]
    public void The_smoothing_weight_reaches_the_texts_vectors()
    {
        using NeuralLanguageModelTransformer model = Fit(["a b", "a c"], o => (o.Epochs, o.Pooling, o.SmoothingWeight) = (1, WordVectorPooling.SmoothInverseFrequency, 7));
        model.Options.SmoothingWeight.Should().Be(7);
        FluentActions.Invoking(() => Fit(["a"], o => o.SmoothingWeight = double.NaN)).Should().Throw<ArgumentException>().WithMessage("NeuralLanguageModel: SmoothingWeight is NaN*");
    }

    [Fact]
    public void A_saved_model_foresees_the_same_words()
    {
        using var folder = new TestFolder();
        using NeuralLanguageModelTransformer model = Fit(Chain(1, 50), o => o.Epochs = 2);
        _ml.Model.Save(model, View([]).Schema, folder.File("m.zip"));
        using var loaded = (NeuralLanguageModelTransformer)new MLContext().Model.Load(folder.File("m.zip"), out _);
        loaded.NextWords("w1 w2", 5).Should().Equal(model.NextWords("w1 w2", 5));
        loaded.Perplexity(Chain(2, 3)).Should().Be(model.Perplexity(Chain(2, 3)));
    }

    [Fact]
    public void Live_tensors_are_flat_over_many_steps()
    {
        void Run(double epochs) => Fit(Chain(1, 64), o => (o.Epochs, o.SampledWords) = (epochs, 4)).Dispose();

        LiveTensors.ShouldNotGrow(() => Run(1), () => Run(30));
    }

    [Fact]
    public void Bad_options_and_empty_corpora_are_refused()
    {
        foreach (Action<NeuralLanguageModelOptions> change in (Action<NeuralLanguageModelOptions>[])[o => o.ContextSize = 0, o => o.VectorSize = 0, o => o.HiddenSize = 0, o => o.SampledWords = -1, o => o.MaxSentenceLength = 1])
            FluentActions.Invoking(() => Fit(["a"], change)).Should().Throw<ArgumentException>().WithMessage("NeuralLanguageModel: *expected*");
        FluentActions.Invoking(() => Fit([], _ => { })).Should().Throw<InvalidOperationException>().WithMessage("*no training rows*");
    }

    private NeuralLanguageModelTransformer Fit(string[] texts, Action<NeuralLanguageModelOptions> change)
    {
        var options = new NeuralLanguageModelOptions { ContextSize = 2, VectorSize = 12, HiddenSize = 16, Epochs = 20, BatchSize = 8, LearningRate = 1e-2, MinCount = 1, Seed = 3 };
        change(options);
        return _ml.Transforms.Text.NeuralLanguageModel("Features", "Text", options).Fit(View(texts));
    }

    private static string[] Chain(int seed, int texts)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, texts).Select(_ =>
        {
            int word = random.Next(10);
            var words = new List<string>();
            for (int i = 0; i < 40; i++)
            {
                words.Add($"w{word}");
                word = (word + (random.NextDouble() < 0.8 ? 1 : 2)) % 10;
            }
            return string.Join(' ', words);
        })];
    }

    private IDataView View(string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));
}
