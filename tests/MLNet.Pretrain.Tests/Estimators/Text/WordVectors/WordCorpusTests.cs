using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

/// <summary>Odd and bad text: either a clear error or what the documentation says.</summary>
public sealed class WordCorpusTests
{
    private static readonly MLContext s_ml = new(1);

    [Theory]
    [InlineData(WordUnit.Word, "Don't stop, naïve 3.5-year-old!", "don't|stop|naïve|3|5|year|old")]
    [InlineData(WordUnit.Word, "我爱北京, Beijing’s snake_case 'quoted'", "我|爱|北|京|beijing's|snake_case|quoted")]
    [InlineData(WordUnit.Word, "😀 𝒜bc \uFFFD é", "𝒜bc|é")]
    [InlineData(WordUnit.Whitespace, " It 's\tGREAT !\u00A0ok", "it|'s|great|!|ok")]
    [InlineData(WordUnit.Character, "我 A😀", "我|a|😀")]
    public void Texts_are_divided_as_documented(WordUnit unit, string text, string words)
    {
        var list = new WordList();
        new WordSplitter(new WordSplitting { Unit = unit }).Split(text, list);
        Enumerable.Range(0, list.Count).Select(i => list[i].ToString()).Should().Equal(words.Split('|'));
    }

    [Fact]
    public void Case_is_kept_on_request_and_overlong_words_are_dropped()
    {
        var list = new WordList();
        new WordSplitter(new WordSplitting { Lowercase = false }).Split($"One {new string('x', 256)} {new string('y', 257)} {new string('é', 300)} Two", list);
        Enumerable.Range(0, list.Count).Select(i => list[i].ToString()).Should().Equal("One", new string('x', 256), "Two");
    }

    [Fact]
    public void A_corpus_without_rows_or_words_or_frequent_words_says_so()
    {
        Fits([]).Should().Throw<InvalidOperationException>().WithMessage("*no training rows*'Text'*");
        Fits(["", " ... "]).Should().Throw<InvalidOperationException>().WithMessage("*2 rows*hold no word*");
        Fits(["a b", "a c"]).Should().Throw<InvalidOperationException>().WithMessage("*occurs 5 times*'a', occurs 2 times*Lower MinCount*");
    }

    [Theory]
    [InlineData(Word2VecLoss.NegativeSampling)]
    [InlineData(Word2VecLoss.HierarchicalSoftmax)]
    public void One_word_is_a_vocabulary(Word2VecLoss loss)
    {
        WordVectors vectors = s_ml.Transforms.Text.Word2Vec("Features", "Text", new() { MinCount = 1, VectorSize = 3, Seed = 1, Loss = loss }).Fit(View(["word word word", "word"])).Vectors;
        vectors.Words.Should().Equal("word");
        vectors["word"].Should().OnlyContain(v => float.IsFinite(v));
        vectors.MostSimilar("word", 3).Should().BeEmpty();
    }

    [Fact]
    public void A_window_wider_than_the_text_and_texts_of_one_word_train() =>
        s_ml.Transforms.Text.Word2Vec("Features", "Text", new() { MinCount = 1, VectorSize = 3, Window = 1000, Seed = 1 }).Fit(View(["a b c", "a"])).Vectors.Count.Should().Be(3);

    [Fact]
    public void A_line_of_a_hundred_megabytes_trains_in_little_memory()
    {
        // Made in place: garbage given back while Fit runs would hide what it takes.
        string line = string.Create(100_000_000, new Random(1), (text, random) =>
        {
            for (int at = 0; at < text.Length; at += 8)
            {
                "word".CopyTo(text[at..]);
                random.Next(100, 600).TryFormat(text[(at + 4)..], out _);
                text[at + 7] = ' ';
            }
        });
        Fit("a warm start, so that compiled code does not count: a b c a b c");
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        long before = Environment.WorkingSet, peak = before;
        int samples = 0;
        // A thread of its own: a timer's callbacks wait where the thread pool is busy.
        using var done = new ManualResetEventSlim();
        var sampler = new Thread(() =>
        {
            for (; !done.Wait(2); samples++) peak = Math.Max(peak, Environment.WorkingSet);
        });
        sampler.Start();
        try
        {
            Fit(line).Count.Should().Be(500);
        }
        finally
        {
            done.Set();
            sampler.Join();
        }
        samples.Should().BeGreaterThan(5);
        (peak - before).Should().BeLessThan(100_000_000, "the line itself, 200 MB, is there before");

        static WordVectors Fit(string text) => s_ml.Transforms.Text.Word2Vec("Features", "Text", new()
        {
            VectorSize = 4,
            Window = 1,
            NegativeSamples = 1,
            Epochs = 1,
            MinCount = 2,
            Seed = 1,
            SubsamplingThreshold = 1e-5,
        }).Fit(View([text])).Vectors;
    }

    [Fact]
    public void Empty_rows_and_tokens_of_one_character_are_handed_over_in_blocks()
    {
        int checks = 0, rows = 0;
        IDataView data = s_ml.Data.LoadFromEnumerable(Enumerable.Repeat(new TinyTexts.Row(), 300_000));
        new CorpusReader(new WordSplitter(new()), () => checks++).Read(data, data.Schema["Text"], (_, endsRow) => rows += endsRow ? 1 : 0);
        rows.Should().Be(300_000);
        checks.Should().BeGreaterThanOrEqualTo(300_000 / 65_536, "each block is a chance to stop");
    }

    [Fact]
    public void Numbers_of_forgotten_words_are_given_out_again_before_they_run_out()
    {
        var words = new WordList();
        using CorpusFile corpus = new(), all = new();
        WordCounter bounded = new(corpus, 1000, maxNumbers: 3000), unbounded = new(all, int.MaxValue), countsOnly = new(null, 1000, maxNumbers: 3000);
        for (int i = 0; i < 20_000; i++)
        {
            words.Clear();
            foreach (string word in (string[])["often", $"rare{i}", i % 3 == 0 ? "again" : "sometimes"]) words.Add(word);
            foreach (WordCounter counter in (WordCounter[])[bounded, unbounded, countsOnly]) counter.Add(words, endsRow: true);
        }
        string[] expected = Words(unbounded.Finish(100, int.MaxValue, keepGaps: true));
        Words(bounded.Finish(100, int.MaxValue, keepGaps: true)).Should().Equal(expected);
        Words(countsOnly.Finish(100, int.MaxValue, keepGaps: true)).Should().Equal(expected).And.Equal("often 20000", "sometimes 13333", "again 6667");
        int[] found = new int[80_000], wanted = new int[80_000];
        corpus.Read(0, found).Should().Be(all.Read(0, wanted));
        found.Should().Equal(wanted);

        static string[] Words(Vocabulary vocabulary) => [.. Enumerable.Range(0, vocabulary.Count).Select(i => $"{vocabulary.Words[i]} {vocabulary.Counts[i]}")];
    }

    [Fact]
    public void Half_a_character_becomes_the_replacement_character()
    {
        var list = new WordList();
        new WordSplitter(new() { Unit = WordUnit.Whitespace }).Split("a\uD83D \uDE00b 😀", list);
        Enumerable.Range(0, list.Count).Select(i => list[i].ToString()).Should().Equal("a\uFFFD", "\uFFFDb", "😀");
    }

    [Fact]
    public void A_splitting_that_is_null_is_refused_by_every_estimator()
    {
        foreach (Action make in (Action[])
        [
            () => s_ml.Transforms.Text.Word2Vec("F", "Text", new() { Splitting = null! }),
            () => s_ml.Transforms.Text.NeuralLanguageModel("F", "Text", new() { Splitting = null! }),
            () => s_ml.Transforms.Text.BagOfWords("F", "Text", new() { Splitting = null! }),
            () => s_ml.Transforms.Text.ApplyWordVectors(new WordVectors(new Vocabulary(new WordTable(), []), [], 1), new() { OutputColumnName = "F", InputColumnName = "Text", Splitting = null! }),
            () => s_ml.BinaryClassification.Trainers.TextCnn(new TextCnnOptions { Splitting = null! }),
        ]) make.Should().Throw<ArgumentException>().WithMessage("*Splitting is null; expected*");
    }

    [Fact]
    public void Bytes_that_are_no_UTF_8_separate_words()
    {
        using var folder = new TestFolder();
        File.WriteAllBytes(folder.File("bad.txt"), [.. "good\n"u8, (byte)'a', 0xFF, 0xC3, (byte)'b', (byte)'\n']);
        IDataView data = s_ml.Data.LoadFromTextFile(folder.File("bad.txt"), [new TextLoader.Column("Text", DataKind.String, 0)]);
        s_ml.Transforms.Text.Word2Vec("Features", "Text", new() { MinCount = 1, VectorSize = 2, Seed = 1 }).Fit(data).Vectors.Words.Should().Equal("good", "a", "b");
    }

    [Fact]
    public void Options_out_of_range_are_refused_when_the_estimator_is_made()
    {
        foreach (Word2VecOptions options in (Word2VecOptions[])[new() { VectorSize = 0 }, new() { Window = 0 }, new() { NegativeSamples = 0 }, new() { MinCount = 0 }, new() { LearningRate = double.NaN }, new() { Epochs = 0 },
            new() { Workers = 0 }, new() { MaxSentenceLength = 1 }, new() { Subwords = new() { MinN = 4, MaxN = 3 } }, new() { Phrases = new() { Threshold = 0 } }, new() { SubsamplingThreshold = -1 }, new() { Loss = (Word2VecLoss)9 }])
            FluentActions.Invoking(() => s_ml.Transforms.Text.Word2Vec("Features", "Text", options)).Should().Throw<ArgumentException>().WithMessage("Word2Vec: *expected*");
    }

    [Fact]
    public void A_failing_row_stops_Fit_and_is_not_swallowed()
    {
        IDataView broken = s_ml.Transforms.CustomMapping<TinyTexts.Row, TinyTexts.Row>((from, to) => throw new FormatException("row 1 is bad"), null).Fit(View(["a"])).Transform(View(["a"]));
        FluentActions.Invoking(() => s_ml.Transforms.Text.Word2Vec("Features", "Text").Fit(broken)).Should().Throw<InvalidOperationException>().WithInnerException<FormatException>().WithMessage("row 1 is bad");
    }

    private static Func<WordVectorTransformer> Fits(string[] rows) => () => s_ml.Transforms.Text.Word2Vec("Features", "Text", new() { Seed = 1 }).Fit(View(rows));

    private static IDataView View(string[] rows) => s_ml.Data.LoadFromEnumerable(rows.Select(text => new TinyTexts.Row { Text = text }));
}
