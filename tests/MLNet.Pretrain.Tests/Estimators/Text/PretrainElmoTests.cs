using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed partial class PretrainElmoTests
{
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(0, TrainingPrecision.Float32, 0.15)]
    [InlineData(8, TrainingPrecision.Float32, 0.4)]
    [InlineData(0, TrainingPrecision.BFloat16, 0.2)]
    public void It_learns_the_probabilities_of_a_source_whose_entropy_is_known(int sampled, TrainingPrecision precision, double tolerance)
    {
        using ElmoTransformer model = Fit(Chain(1, 300), o => (o.SampledWords, o.Precision) = (sampled, precision));
        double entropy = -(0.8 * Math.Log(0.8) + 0.2 * Math.Log(0.2));
        ElmoPerplexity result = model.Perplexity(Chain(2, 50));
        result.Words.Should().Be(50 * 41);
        result.UnknownWords.Should().Be(0);
        // 39 of 41 are as uncertain as that in either direction (the chain goes back as it goes on), one word is one of ten; the end is certain for who counts.
        double least = (39 * entropy + Math.Log(10)) / 41;
        foreach (double perplexity in (double[])[result.Forward, result.Backward]) Math.Log(perplexity).Should().BeInRange(least - 0.03, least + tolerance);
    }

    [Fact]
    public void A_checkpoint_directory_opens_as_the_model_that_wrote_it()
    {
        using var folder = new TestFolder();
        using ElmoTransformer model = Fit(Chain(1, 60), o => o.Epochs = 1);
        model.SaveCheckpoint(folder.File("elmo"));
        IDataView texts = _ml.Data.LoadFromEnumerable(Chain(2, 5).Select(text => new TinyTexts.Row { Text = text }));
        using ElmoTransformer opened = _ml.Transforms.Text.ApplyElmo("Vector", "Text", folder.File("elmo")).Fit(texts), copied = _ml.Transforms.Text.ApplyElmo("Vector", "Text", model, layer: -1).Fit(texts);
        using ElmoTransformer expected = model.WithFeatures(new() { InputColumnName = "Text", OutputColumnName = "Vector" }), last = model.WithFeatures(new() { InputColumnName = "Text", OutputColumnName = "Vector", Layer = -1 });
        Vectors(opened).Should().Equal(Vectors(expected)).And.NotEqual(Vectors(copied));
        Vectors(copied).Should().Equal(Vectors(last));
        opened.Perplexity(Chain(2, 5)).Should().Be(model.Perplexity(Chain(2, 5)));

        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo("Vector", "Text", folder.File("nowhere")).Fit(texts)).Should().Throw<InvalidDataException>().WithMessage("*nowhere*");
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo("Vector", "Text", model, layer: 3).Fit(texts)).Should().Throw<ArgumentException>().WithMessage("*Layer is 3*");
        FluentActions.Invoking(() => _ml.Transforms.Text.ApplyElmo("", "Text", model)).Should().Throw<ArgumentException>().WithMessage("ApplyElmo*OutputColumnName*");

        IEnumerable<float> Vectors(ElmoTransformer elmo) => elmo.Transform(texts).GetColumn<float[]>("Vector").SelectMany(v => v);
    }

    [Fact]
    public void Evaluations_tell_the_perplexity_of_both_directions()
    {
        var seen = new List<IReadOnlyDictionary<string, double>>();
        using ElmoTransformer model = Fit(Chain(1, 60), o => (o.Epochs, o.ValidationFraction, o.Progress) = (2, 0.2, new Reporter(p => { if (p.Metrics is { } m) seen.Add(m); })));
        seen.Should().HaveCount(2);
        foreach (IReadOnlyDictionary<string, double> metrics in seen)
        {
            metrics.Keys.Should().BeEquivalentTo("Perplexity", "ForwardPerplexity", "BackwardPerplexity", "Loss");
            metrics["Perplexity"].Should().BeApproximately(Math.Sqrt(metrics["ForwardPerplexity"] * metrics["BackwardPerplexity"]), 1e-6);
        }
        seen[1]["Perplexity"].Should().BeLessThan(seen[0]["Perplexity"]);
    }

    [Fact]
    public void Validation_data_are_evaluated_as_the_fitted_model_would_with_words_that_training_has_not_seen()
    {
        string[] held = [.. Chain(2, 10), "w1 w2 neverseen w4", "", "w9"];
        IReadOnlyDictionary<string, double>? metrics = null;
        using ElmoTransformer model = Fit(Chain(1, 40), o => (o.Epochs, o.ValidationData, o.RestoreBest, o.Progress) = (1, View(held), false, new Reporter(p => metrics = p.Metrics ?? metrics)));
        ElmoPerplexity expected = model.Perplexity(held);
        metrics!["ForwardPerplexity"].Should().BeApproximately(expected.Forward, 1e-4 * expected.Forward);
        metrics["BackwardPerplexity"].Should().BeApproximately(expected.Backward, 1e-4 * expected.Backward);

        FluentActions.Invoking(() => Fit(Chain(1, 5), o => (o.ValidationData, o.ValidationFraction) = (View(held), 0.1))).Should().Throw<ArgumentException>().WithMessage("*both ValidationData and ValidationFraction (0.1) are set*");
        FluentActions.Invoking(() => Fit(Chain(1, 5), o => o.ValidationData = View(["", " "]))).Should().Throw<InvalidOperationException>().WithMessage("*ValidationData has no word in column 'Text'*");
        FluentActions.Invoking(() => Fit(Chain(1, 5), o => o.ValidationData = _ml.Data.LoadFromEnumerable([new { Number = 1f }]))).Should().Throw<ArgumentException>().WithMessage("*'Text'*");
    }

    [Fact]
    public void The_loss_is_the_mean_of_both_directions_and_a_sample_of_all_words_gives_the_same()
    {
        using var scope = NewDisposeScope();
        using var network = new Elmo(Small().Network(9), 5);
        network.eval();
        Tensor characters = Seeded.Whole(1, 1, 262, [12, 10], ScalarType.Int16);
        long[] counts = [1, 2, 4, 50, 30, 20, 10, 5, 2];
        using var batch = new TrainingBatch
        {
            InputIds = tensor(new long[,] { { 0, 3, 4, 5, 1 }, { 0, 11, 8, 1, 0 } }),
            AttentionMask = tensor(new long[,] { { 1, 1, 1, 1, 1 }, { 1, 1, 1, 1, 0 } }),
            Labels = zeros(2),
            RowIndices = [0, 1],
            Tokens = 9,
        };
        using var whole = new ElmoTask(network, characters, counts, 0, default);
        double expected = whole.Loss(batch).item<float>();
        whole.Evaluate([batch])["Loss"].Should().BeApproximately(expected, 1e-5);
        // By hand: the pairs of neighbours in either direction, word 11 foreseen as unknown.
        Tensor words = network.WordVectors(characters.to(int64)).index_select(0, batch.InputIds.flatten()).view(2, 5, -1);
        Tensor logits = network.Logits(network.Layers(words, batch.AttentionMask)[2].view(2, 5, 2, -1)).log_softmax(-1);
        double sum = 0;
        foreach ((int row, int[] ids) in (IEnumerable<(int, int[])>)[(0, [0, 3, 4, 5, 1]), (1, [0, 2, 8, 1])])
            for (int t = 0; t + 1 < ids.Length; t++) sum -= logits[row, t, 0, ids[t + 1]].item<float>() + logits[row, t + 1, 1, ids[t]].item<float>();
        expected.Should().BeApproximately(sum / 14, 1e-5);
        foreach ((int size, double tolerance) in (IEnumerable<(int, double)>)[(9, 1e-5), (8, 0.5)])
        {
            using var sampled = new ElmoTask(network, characters, counts, size, default);
            ((double)sampled.Loss(batch).item<float>()).Should().BeApproximately(expected, tolerance);
        }
    }

    [Fact]
    public void Utilisation_counts_the_products_of_matrices_that_a_word_takes()
    {
        // Two rows of 5 and 3 words with their begins and ends, 4 of them different; the longest, "ab", has 4 characters with its begin and end.
        IDataView data = View(["ab c ab", "c"]);
        PretrainElmoOptions options = Small();
        using ElmoCorpus corpus = ElmoCorpus.Read(data, data.Schema["Text"], options, () => { });
        ElmoConfig shape = options.Network(corpus.Outputs.Count);
        ElmoWork work = ElmoWork.Of(corpus.Rows, corpus.Characters, shape, options);
        work.Should().Be(new ElmoWork(4 / 8.0, 4 + 2, (4 + 2) / 8.0, 4));

        int convolutions = 6 * (1 * 4 * 8) + 5 * (2 * 4 * 8), highway = 16 * 32, projection = 16 * 12;
        int lstm = 2 * 2 * (12 * 96 + 12 * 96 + 24 * 12);   // directions, layers, (input, state, projection)
        double words = 0.5 * (convolutions + highway + projection);
        double whole = 3 * 2 * (words + lstm + 2 * 0.75 * 12 * 5), sampled = 3 * 2 * (words + lstm + 2 * 0.75 * 12 * (2 + 1));
        using var network = new Elmo(shape, 5);
        using (var task = new ElmoTask(network, corpus.Characters, corpus.TargetCounts, 0, work)) task.FlopsPerToken.Should().Be(whole).And.Be(66396);
        using (var task = new ElmoTask(network, corpus.Characters, corpus.TargetCounts, 2, work)) task.FlopsPerToken.Should().Be(sampled);

        TrainingProgress? last = null;
        Fit(["ab c ab", "c"], o => (o.Epochs, o.Progress) = (2, new Reporter(p => last = p))).Dispose();
        (last!.ModelFlopsPerSecond!.Value / last.TokensPerSecond).Should().BeApproximately(whole, 1);
        last.ModelFlopsUtilization.Should().BePositive();
    }

    [Fact]
    public void Words_are_numbered_by_frequency_and_those_beyond_the_vocabulary_are_inputs_only()
    {
        IDataView data = View(["b a a", "", "a b c", string.Join(' ', Enumerable.Repeat("a", 9))]);
        PretrainElmoOptions options = Small();
        (options.MinCount, options.MaxSentenceLength, options.MaxWordForms) = (2, 6, 3);
        using ElmoCorpus corpus = ElmoCorpus.Read(data, data.Schema["Text"], options, () => { });
        corpus.Outputs.Count.Should().Be(5, "a and b occur twice");
        corpus.Characters.shape.Should().Equal(6, 50);
        long[][] rows = [.. Enumerable.Range(0, (int)corpus.Rows.Count).Select(i =>
        {
            long[] ids = new long[corpus.Rows.Length(i)];
            corpus.Rows.CopyIds(i, ids);
            return ids;
        })];
        rows.Should().BeEquivalentTo((long[][])[[0, 4, 3, 3, 1], [0, 3, 4, 5, 1], [0, 3, 3, 3, 3, 3], [3, 3, 3, 3, 3, 1]], o => o.WithStrictOrdering());
        corpus.TargetCounts.Should().Equal(3, 3, 2, 2 * 12, 2 * 2);

        options.MaxWordForms = 1;
        using ElmoCorpus narrow = ElmoCorpus.Read(data, data.Schema["Text"], options, () => { });
        narrow.Characters.shape.Should().Equal(4, 50);
        long[] first = new long[5];
        narrow.Rows.CopyIds(0, first);
        first.Should().Equal(0, 2, 3, 3, 1);
    }

    [Fact]
    public void Rows_of_a_text_share_one_word_so_that_each_is_foreseen_once_in_each_direction()
    {
        for (int length = 2; length < 40; length++)
        {
            for (int longest = 3; longest < 12; longest++)
            {
                (int First, int Length)[] rows = [.. ElmoRow.Cut(length, longest)];
                rows.Should().OnlyContain(r => r.Length >= 2 && r.Length <= longest);
                rows.SelectMany(r => Enumerable.Range(r.First + 1, r.Length - 1)).Should().Equal(Enumerable.Range(1, length - 1), "forward");
                rows.SelectMany(r => Enumerable.Range(r.First, r.Length - 1)).Should().Equal(Enumerable.Range(0, length - 1), "backward");
            }
        }
    }

    [Fact]
    public void Bad_options_are_refused_before_anything_is_read()
    {
        (Action<PretrainElmoOptions> Change, string Message)[] cases =
        [
            (o => o.CellSize = 0, "*CellSize is 0*"),
            (o => o.Filters = [], "*Filters is ; expected at least one width*"),
            (o => o.Filters = [new(51, 4)], "*4 of width 51*"),
            (o => o.LayerCount = 0, "*LayerCount is 0*"),
            (o => o.ProjectionClip = 0, "*ProjectionClip is 0*"),
            (o => o.SampledWords = -1, "*SampledWords is -1*"),
            (o => o.MaxSentenceLength = 2, "*MaxSentenceLength is 2*"),
            (o => o.MaxWordForms = 0, "*MaxWordForms is 0*"),
            (o => o.Layer = 3, "*Layer is 3*2 LSTM layers*"),
            (o => o.Layer = -4, "*Layer is -4*"),
            (o => o.MixWeights = [1, 2], "*MixWeights has 2 numbers; expected 3*"),
            (o => (o.Layer, o.MixWeights) = (1, [1, 2, 3]), "*Layer is 1 and a mix is set*"),
            (o => o.MixScale = 0, "*MixScale is 0*"),
            (o => o.Pooling = Pooling.Cls, "*Pooling is Cls; expected Mean or Max*"),
            (o => o.TokensColumnName = "Features", "*both 'Features'*"),
        ];
        foreach ((Action<PretrainElmoOptions> change, string message) in cases)
            FluentActions.Invoking(() => Fit(["a"], change)).Should().Throw<ArgumentException>().WithMessage("PretrainElmo: " + message);
    }

    [Fact]
    public void Corpora_that_hold_nothing_to_learn_from_are_refused()
    {
        FluentActions.Invoking(() => Fit([], _ => { })).Should().Throw<InvalidOperationException>().WithMessage("*no training rows*");
        FluentActions.Invoking(() => Fit(["", " . "], _ => { })).Should().Throw<InvalidOperationException>().WithMessage("*2 rows of column 'Text' hold no word*");
        FluentActions.Invoking(() => Fit(["a a b"], o => o.MinCount = 3)).Should().Throw<InvalidOperationException>().WithMessage("*no word of column 'Text' occurs 3 times; the most frequent of 2, 'a', occurs 2 times*");
        IDataView numbers = _ml.Data.LoadFromEnumerable([new { Text = 1f }]);
        FluentActions.Invoking(() => _ml.Transforms.Text.PretrainElmo("Features", "Text").Fit(numbers)).Should().Throw<ArgumentException>().WithMessage("Column 'Text' is Single; PretrainElmo reads Text*");
        using ElmoTransformer model = Fit(["a a b"], o => o.Epochs = 1);
        FluentActions.Invoking(() => model.Perplexity(["", "!"])).Should().Throw<ArgumentException>().WithMessage("There is no word*");
        FluentActions.Invoking(() => model.Perplexity([])).Should().Throw<ArgumentException>().WithMessage("There is no word*");
    }

    private ElmoTransformer Fit(string[] texts, Action<PretrainElmoOptions> change)
    {
        PretrainElmoOptions options = Small();
        change(options);
        return _ml.Transforms.Text.PretrainElmo("Features", "Text", options).Fit(View(texts));
    }

    private static PretrainElmoOptions Small() => new()
    {
        CellSize = 24,
        ProjectionSize = 12,
        CharacterEmbeddingSize = 4,
        Filters = [new(1, 8), new(2, 8)],
        Dropout = 0,
        MinCount = 1,
        Epochs = 12,
        BatchSize = 16,
        LearningRate = 1e-2,
        Seed = 3,
        Threads = 1,
    };

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
