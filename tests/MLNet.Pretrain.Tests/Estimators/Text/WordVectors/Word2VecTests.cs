using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

public sealed class Word2VecTests
{
    private static readonly MLContext s_ml = new(1);

    [Theory]
    [InlineData(Word2VecArchitecture.SkipGram, Word2VecLoss.NegativeSampling, false)]
    [InlineData(Word2VecArchitecture.SkipGram, Word2VecLoss.HierarchicalSoftmax, false)]
    [InlineData(Word2VecArchitecture.ContinuousBagOfWords, Word2VecLoss.NegativeSampling, false)]
    [InlineData(Word2VecArchitecture.ContinuousBagOfWords, Word2VecLoss.HierarchicalSoftmax, false)]
    [InlineData(Word2VecArchitecture.SkipGram, Word2VecLoss.NegativeSampling, true)]
    [InlineData(Word2VecArchitecture.ContinuousBagOfWords, Word2VecLoss.NegativeSampling, true)]
    public void Words_that_share_contexts_become_neighbours(Word2VecArchitecture architecture, Word2VecLoss loss, bool subwords)
    {
        WordVectors vectors = Train(TwoTopics(2000), new() { Architecture = architecture, Loss = loss, Subwords = subwords ? new() { Buckets = 1000 } : null, VectorSize = 24, SubsamplingThreshold = 0, Epochs = 3, Seed = 1, LearningRate = 0.05 });
        foreach (string[] topic in (string[][])[s_fruit, s_metal])
            vectors.MostSimilar(topic[0], topic.Length - 1).Select(n => n.Word).Should().BeSubsetOf(topic);
        vectors.DoesntMatch("apple", "pear", "iron", "plum").Should().Be("iron");
    }

    [Fact]
    public void One_worker_and_one_seed_give_identical_vectors()
    {
        Word2VecOptions options = new() { Workers = 1, Seed = 3, VectorSize = 20, Epochs = 2 };
        float[] first = Train(TwoTopics(300), options).Values.ToArray();
        Train(TwoTopics(300), options).Values.ToArray().Should().Equal(first);
        Train(TwoTopics(300), options with { Seed = 4 }).Values.ToArray().Should().NotEqual(first);
    }

    [Fact]
    public void Words_never_seen_get_vectors_from_their_ngrams()
    {
        WordVectors vectors = Train(TwoTopics(500), new() { Subwords = new() { MinN = 3, MaxN = 4, Buckets = 5000 }, VectorSize = 16, Seed = 1, SubsamplingThreshold = 0 });
        vectors.Contains("apples").Should().BeFalse();
        vectors["apples"].Should().Contain(v => v != 0);
        vectors.Similarity("apples", "apple").Should().BeGreaterThan(vectors.Similarity("apples", "copper"));
        vectors.TryGetVector("zzzz", new float[16]).Should().BeFalse("none of its n-grams was ever seen");
        FluentActions.Invoking(() => vectors["zzzz"]).Should().Throw<KeyNotFoundException>().WithMessage("*'zzzz'*");
    }

    [Fact]
    public void Ngrams_are_hashed_with_FNV_1a() =>
        // The published value of "foobar" is BF9CF968.
        new SubwordHasher(6, 6, 1_000_003).Buckets("foobar").Should().HaveCount(3).And.Contain((int)(0xBF9CF968u % 1_000_003));

    [Fact]
    public void Ngrams_never_cut_a_character()
    {
        new SubwordHasher(1, 1, 1 << 30).Buckets("北京").Should().HaveCount(2, "two characters, and the word's ends are no n-grams");
        new SubwordHasher(2, 2, 1 << 30).Buckets("北京").Should().HaveCount(3);
    }

    [Fact]
    public void Phrases_become_words_in_training_and_in_scoring()
    {
        string[] rows = [.. Enumerable.Range(0, 200).Select(i => i % 2 == 0 ? $"a{i % 40} new york b{i % 40}" : $"new c{i % 40} york")];
        WordVectorTransformer model = Fit(rows, new() { Phrases = new() { MinCount = 5, Threshold = 1 }, VectorSize = 8, MinCount = 5, Seed = 1 });
        model.Vectors.Contains("new_york").Should().BeTrue();
        model.SplitWords("New York is not new").Should().Equal("new_york", "is", "not", "new");
        ITransformer loaded = SaveAndLoad(model, rows);
        Features(loaded, ["New York is not new"])[0].Should().Equal(Features(model, ["New York is not new"])[0]);
    }

    [Fact]
    public void Phrases_lose_no_word_where_a_corpus_is_read_in_pieces()
    {
        // 12 words and an end a row: 40,000 rows are eight pieces, whose borders lie everywhere in a row.
        string[] rows = [.. Enumerable.Range(0, 40_000).Select(i => $"new york {string.Join(' ', Enumerable.Range(0, 10).Select(j => $"w{(i * 7 + j * 13) % 50}"))}")];
        IDataView data = View(rows);
        using Corpus corpus = Corpus.Read(data, data.Schema["Text"], new CorpusRequest("Test", new(), new PhraseOptions { Threshold = 8 }, 1, null, 1_000_000, true), () => { });
        var counts = Enumerable.Range(0, corpus.Vocabulary.Count).ToDictionary(i => corpus.Vocabulary.Words[i].ToString(), i => corpus.Vocabulary.Counts[i]);
        counts["new_york"].Should().Be(40_000);
        counts.Sum(c => c.Value * c.Key.Split('_').Length).Should().Be(40_000 * 12);
        long ends = 0, words = 0;
        corpus.File.ForEachPiece(piece =>
        {
            ends += piece.Count(CorpusFile.RowEnd);
            words += piece.Length;
        });
        ends.Should().Be(40_000);
        (words - ends).Should().Be(counts.Values.Sum());
    }

    [Fact]
    public void Several_passes_join_longer_phrases_and_bag_of_words_takes_them()
    {
        string[] rows = [.. Enumerable.Range(0, 300).Select(i => $"a{i % 60} united states of america b{i % 60}")];
        PhraseTransformer phrases = s_ml.Transforms.Text.DetectPhrases("Words", "Text", new() { Passes = 3, Threshold = 1 }).Fit(View(rows));
        phrases.Phrases.Should().Contain(["united_states", "of_america", "united_states_of_america"]);
        phrases.Transform(View(["The United States of America!"])).GetColumn<string[]>("Words").Single().Should().Equal("the", "united_states_of_america");
        var bag = phrases.Append(s_ml.Transforms.Conversion.MapValueToKey("Keys", "Words").Append(s_ml.Transforms.Text.ProduceNgrams("Features", "Keys")).Fit(phrases.Transform(View(rows))));
        bag.Transform(View(rows)).GetColumn<VBuffer<float>>("Features").First().GetValues().Length.Should().BeGreaterThan(0);
    }

    [Fact]
    public void Counting_in_bounded_memory_keeps_the_frequent_words()
    {
        string[] rows = [.. Enumerable.Range(0, 6000).Select(i => $"often again rare{i} {(i % 10 == 0 ? "sometimes" : "")}")];
        Corpus Read(int limit) => Corpus.Read(View(rows), View(rows).Schema["Text"], new CorpusRequest("Test", new(), null, 5, null, limit, false), () => { });
        using Corpus all = Read(1_000_000), bounded = Read(1000);
        Words(bounded).Should().Equal(Words(all)).And.Equal([("often", 6000), ("again", 6000), ("sometimes", 600)]);
        int[] ids = new int[20_000], expected = new int[20_000];
        bounded.File.Read(0, ids).Should().Be(all.File.Read(0, expected));
        ids.Should().Equal(expected);

        static IEnumerable<(string, long)> Words(Corpus corpus) => Enumerable.Range(0, corpus.Vocabulary.Count).Select(i => (corpus.Vocabulary.Words[i].ToString(), corpus.Vocabulary.Counts[i]));
    }

    [Fact]
    public void The_vocabulary_is_cut_to_its_most_frequent_words() =>
        Train(TwoTopics(200), new() { MaxVocabularySize = 3, VectorSize = 4, Seed = 1 }).Count.Should().Be(3);

    [Fact]
    public void Progress_ends_with_all_words_and_falls_to_the_last_learning_rate()
    {
        var reports = new List<Word2VecProgress>();
        Train(TwoTopics(200), new() { VectorSize = 4, Seed = 1, Workers = 1, Epochs = 3, Progress = new Reporter<Word2VecProgress>(reports.Add) });
        reports[^1].Words.Should().Be(reports[^1].TotalWords).And.BeGreaterThan(0);
        reports[^1].LearningRate.Should().BeApproximately(1e-4, 1e-7);
        reports.Should().OnlyContain(r => r.Loss > 0 && double.IsFinite(r.Loss));
    }

    [Fact]
    public void A_loss_that_is_not_a_number_stops_training() =>
        FluentActions.Invoking(() => Train(TwoTopics(500), new() { LearningRate = 1e30, VectorSize = 8, Seed = 1, Epochs = 20 }))
            .Should().Throw<MLNet.Pretrain.Training.TrainingDivergedException>().WithMessage("*Lower LearningRate*");

    [Fact]
    public void Ready_made_tokens_are_read_as_they_are()
    {
        IDataView data = s_ml.Transforms.Text.TokenizeIntoWords("Tokens", "Text", [';']).Fit(View(["New York;is;New York"])).Transform(View(["New York;is;New York"]));
        WordVectorTransformer model = s_ml.Transforms.Text.Word2Vec("Features", "Tokens", new() { MinCount = 1, VectorSize = 4, Seed = 1 }).Fit(data);
        model.Vectors.Words.Should().Equal("new york", "is");
        FluentActions.Invoking(() => model.Vectors.Save("never")).Should().Throw<InvalidOperationException>().WithMessage("*'new york'*white space*");
    }

    [Fact]
    public void A_model_scores_in_a_process_that_names_none_of_our_types()
    {
        using var folder = new TestFolder();
        string[] rows = TwoTopics(100);
        WordVectorTransformer model = Fit(rows, new() { VectorSize = 6, Seed = 1 });
        s_ml.Model.Save(model, View(rows).Schema, folder.File("model.zip"));
        (string[] columns, string[][] scored) = FreshProcess.Score(folder.File("model.zip"), ["apple pear iron"]);
        int at = Array.FindIndex(columns, c => c.StartsWith("Features", StringComparison.Ordinal));
        at.Should().BeGreaterThanOrEqualTo(0, string.Join(", ", columns));
        scored.Should().ContainSingle();
        string[] values = scored[0][at].Split([' ', ',', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
        values.Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).Should().Equal(Features(model, ["apple pear iron"])[0], (a, b) => Math.Abs(a - b) < 1e-5);
    }

    private static readonly string[] s_fruit = ["apple", "pear", "plum", "cherry", "grape"];
    private static readonly string[] s_metal = ["iron", "copper", "silver", "nickel", "tin"];

    private static string[] TwoTopics(int rows)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, rows).Select(i => string.Join(' ', Enumerable.Range(0, 12).Select(_ => (i % 2 == 0 ? s_fruit : s_metal)[random.Next(5)])))];
    }

    private static WordVectors Train(string[] rows, Word2VecOptions options) => Fit(rows, options).Vectors;

    private static WordVectorTransformer Fit(string[] rows, Word2VecOptions options) => s_ml.Transforms.Text.Word2Vec("Features", "Text", options).Fit(View(rows));

    private static float[][] Features(ITransformer model, string[] rows) => [.. model.Transform(View(rows)).GetColumn<float[]>("Features")];

    private static ITransformer SaveAndLoad(ITransformer model, string[] rows)
    {
        using var folder = new TestFolder();
        s_ml.Model.Save(model, View(rows).Schema, folder.File("model.zip"));
        return new MLContext().Model.Load(folder.File("model.zip"), out _);
    }

    private static IDataView View(string[] rows) => s_ml.Data.LoadFromEnumerable(rows.Select(text => new TinyTexts.Row { Text = text }));
}
