using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

/// <summary>Each option does what its sentence says.</summary>
public sealed class Word2VecOptionTests
{
    private static readonly MLContext s_ml = new(1);

    [Fact]
    public void A_sum_of_contexts_is_their_mean_where_there_is_one_and_else_is_not()
    {
        Word2VecOptions mean = new() { Architecture = Word2VecArchitecture.ContinuousBagOfWords, VectorSize = 6, MinCount = 1, Workers = 1, Seed = 1, SubsamplingThreshold = 0 };
        Word2VecOptions sum = mean with { CbowContext = CbowContext.Sum };
        Values(["a b", "b a", "a a"], sum).Should().Equal(Values(["a b", "b a", "a a"], mean));
        Values(["a b c a"], sum).Should().NotEqual(Values(["a b c a"], mean));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_window_is_as_wide_as_told_where_it_does_not_shrink(bool dynamic)
    {
        const int Words = 65, Window = 5;
        using var weights = new Word2VecWeights(Words, 0, 4, 1);
        Word2VecOptions options = new() { Window = Window, DynamicWindow = dynamic, VectorSize = 4 };
        using var worker = new Word2VecWorker(options, weights.Inputs, new NegativeSampling(weights.Outputs, new AliasTable([.. Enumerable.Repeat(1L, Words)], 0.75), 5), null);
        var random = new FastRandom(1);
        worker.TrainSentence([.. Enumerable.Range(0, Words)], 0.01f, ref random);
        // The loss is measured at the first, the middle and the last word, of every word in their windows.
        if (dynamic) worker.LossCount.Should().BeInRange(4, 4 * Window - 1);
        else worker.LossCount.Should().Be(4 * Window);
    }

    [Fact]
    public void Negatives_are_drawn_by_the_exponent()
    {
        new AliasTable([9, 4, 1], 0.5).Shares().Should().Equal([3 / 6.0, 2 / 6.0, 1 / 6.0], (a, b) => Math.Abs(a - b) < 1e-9);
        new AliasTable([9, 4, 1], 0).Shares().Should().Equal([1 / 3.0, 1 / 3.0, 1 / 3.0], (a, b) => Math.Abs(a - b) < 1e-9);
        new AliasTable([1, 2], -1).Shares().Should().Equal([2 / 3.0, 1 / 3.0], (a, b) => Math.Abs(a - b) < 1e-9);
        Word2VecOptions options = new() { VectorSize = 6, MinCount = 1, Workers = 1, Seed = 1, SubsamplingThreshold = 0 };
        Values(["a b c a a a b b"], options with { NegativeSamplingExponent = -2 }).Should().NotEqual(Values(["a b c a a a b b"], options));
    }

    [Fact]
    public void The_learning_rate_falls_to_the_least()
    {
        var reports = new List<Word2VecProgress>();
        Values(["a b c a"], new() { VectorSize = 4, MinCount = 1, Workers = 1, Seed = 1, LearningRate = 0.05, MinLearningRate = 0.02, Progress = new Reporter<Word2VecProgress>(reports.Add) });
        reports[^1].LearningRate.Should().BeApproximately(0.02, 1e-6);
        reports[0].LearningRate.Should().BeGreaterThan(0.03);
    }

    [Fact]
    public void The_smoothing_weight_reaches_the_texts_vectors()
    {
        string[] rows = ["a b c a", "b c", "c a a a"];
        Word2VecOptions options = new() { VectorSize = 4, MinCount = 1, Workers = 1, Seed = 1, Pooling = WordVectorPooling.SmoothInverseFrequency };
        WordVectorTransformer usual = Fit(rows, options), flat = Fit(rows, options with { SmoothingWeight = 10 });
        flat.Options.SmoothingWeight.Should().Be(10);
        flat.Vectors.Values.ToArray().Should().Equal(usual.Vectors.Values.ToArray());
        float[][] Texts(WordVectorTransformer model) => [.. model.Transform(View(rows)).GetColumn<float[]>("Features")];
        Texts(flat)[0].Should().NotEqual(Texts(usual)[0]);
        FluentActions.Invoking(() => Fit(rows, options with { SmoothingWeight = 0 })).Should().Throw<ArgumentException>().WithMessage("Word2Vec: SmoothingWeight is 0; expected*");
    }

    [Fact]
    public void Progress_is_by_words_where_the_last_piece_of_the_corpus_is_short()
    {
        // 16,384 numbers make a piece, row ends included: of 1,290 rows of 13 the second has 386.
        const double Length = 1290 * 13, Piece = 16_384;
        var reports = new List<Word2VecProgress>();
        Values([.. Enumerable.Range(0, 1290).Select(i => string.Join(' ', Enumerable.Range(0, 12).Select(j => $"w{(i + j) % 7}")))],
            new() { VectorSize = 4, Workers = 1, Seed = 1, Epochs = 1, LearningRate = 0.1, MinLearningRate = 0, Progress = new Reporter<Word2VecProgress>(reports.Add) });
        double share = (double)reports[0].Words / reports[0].TotalWords;
        double expected = share > 0.5 ? Piece / Length : 1 - Piece / Length;
        share.Should().BeApproximately(expected, 0.001);
        reports[0].LearningRate.Should().BeApproximately(0.1 * (1 - expected), 1e-4);
        reports[^1].Words.Should().Be(reports[^1].TotalWords);
    }

    [Fact]
    public void Progress_is_told_in_order_and_never_twice_at_once()
    {
        int inside = 0;
        bool overlapped = false;
        var words = new List<long>();
        string[] rows = [.. Enumerable.Range(0, 6000).Select(i => string.Join(' ', Enumerable.Range(0, 10).Select(j => $"w{(i + j) % 50}")))];
        Values(rows, new()
        {
            VectorSize = 4,
            Workers = 4,
            Seed = 1,
            Epochs = 4,
            Window = 2,
            Progress = new Reporter<Word2VecProgress>(report =>
            {
                if (Interlocked.Increment(ref inside) > 1) overlapped = true;
                words.Add(report.Words);
                // The first report waits until another comes beside it, if one does: the last one is due at once.
                if (words.Count == 1) SpinWait.SpinUntil(() => overlapped, 400);
                Interlocked.Decrement(ref inside);
            }),
        });
        overlapped.Should().BeFalse();
        words.Should().BeInAscendingOrder().And.HaveCountGreaterThan(1);
        words[^1].Should().Be(4 * 60_000);
    }

    [Fact]
    public void More_buckets_than_an_array_holds_are_refused_before_training()
    {
        bool began = false;
        foreach (int buckets in (int[])[30_000_000, int.MaxValue])
            FluentActions.Invoking(() => Fit(["a b c"], new() { MinCount = 1, VectorSize = 100, Subwords = new() { Buckets = buckets }, Progress = new Reporter<Word2VecProgress>(_ => began = true) }))
                .Should().Throw<InvalidOperationException>().WithMessage($"*{buckets} buckets of 100 dimensions*lower VectorSize or Buckets*");
        began.Should().BeFalse();
    }

    private static float[] Values(string[] rows, Word2VecOptions options) => Fit(rows, options).Vectors.Values.ToArray();

    private static WordVectorTransformer Fit(string[] rows, Word2VecOptions options) => s_ml.Transforms.Text.Word2Vec("Features", "Text", options).Fit(View(rows));

    private static IDataView View(string[] rows) => s_ml.Data.LoadFromEnumerable(rows.Select(text => new TinyTexts.Row { Text = text }));
}
