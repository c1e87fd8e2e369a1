using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text.Pretraining;

/// <summary>Documents to rows, over random corpora in which every word says where it stands: word i of the corpus is "w{i}".</summary>
public class PretrainingRowsTests
{
    private const int Cls = 2, Sep = 3, FirstWord = 5, MaxLength = 24, Words = 3_000;

    private static readonly string[] s_vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, Words).Select(i => $"w{i}"), "."];

    private readonly MLContext _ml = new(1);
    private readonly SequenceTokenizer _tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(s_vocabulary, null));

    [Fact]
    public void Full_sequences_hold_every_token_once_in_order_and_all_but_the_last_are_full() => ForAll(seed =>
    {
        string[][] corpus = Corpus(seed);
        int[][] rows = Rows(corpus, SequencePacking.FullSequences);
        rows[..^1].Select(row => row.Length).Should().BeEquivalentTo(Enumerable.Repeat(MaxLength, rows.Length - 1));
        rows.SelectMany(row => row[1..^1]).Where(id => id != Sep).Should().Equal(corpus.SelectMany(document => document).SelectMany(Ids));
        int[] documents = [.. corpus.Index().SelectMany(d => d.Item.SelectMany(Ids).Select(_ => d.Index))];
        int next = 0;
        foreach (int[] row in rows)
        {
            for (int at = 1; at < row.Length - 1; at++)
            {
                if (row[at] == Sep) (documents[next] - documents[next - 1]).Should().Be(1, "a separator stands at the end of a document");
                else if (at > 1 && row[at - 1] != Sep) documents[next].Should().Be(documents[next - 1], "no two documents touch");
                if (row[at] != Sep) next++;
            }
        }
    });

    [Fact]
    public void Documents_are_never_mixed_and_lose_nothing() => ForAll(seed =>
    {
        string[][] corpus = Corpus(seed);
        int[][] rows = Rows(corpus, SequencePacking.Documents);
        rows.SelectMany(row => row[1..^1]).Should().Equal(corpus.SelectMany(document => document).SelectMany(Ids));
        Dictionary<int, int> documentOf = DocumentOf(corpus);
        foreach (int[] row in rows) row[1..^1].Where(id => id != Dot).Select(id => documentOf[id]).Distinct().Count().Should().BeLessThanOrEqualTo(1);
    });

    [Fact]
    public void Half_of_the_second_texts_follow_and_half_are_of_another_document()
    {
        (int follows, int total) = (0, 0);
        ForAll(seed =>
        {
            string[][] corpus = Corpus(seed);
            Dictionary<int, int> documentOf = DocumentOf(corpus);
            foreach ((int[] first, int[] second, int label) in Pairs(corpus, SequencePacking.NextSentencePairs, seed))
            {
                (first.Length + second.Length + 3).Should().BeLessThanOrEqualTo(MaxLength);
                int[] a = [.. first.Where(id => id != Dot)], b = [.. second.Where(id => id != Dot)];
                total++;
                if (label == 0) follows++;
                if (a.Length == 0 || b.Length == 0) continue;
                if (label == 1) documentOf[a[0]].Should().NotBe(documentOf[b[0]]);
                else
                {
                    documentOf[a[0]].Should().Be(documentOf[b[0]]);
                    b[0].Should().BeGreaterThan(a[^1], "the second text follows the first");
                }
            }
        });
        ((double)follows / total).Should().BeApproximately(0.5, 4 * Math.Sqrt(0.25 / total), $"{total} pairs");
    }

    [Fact]
    public void Half_of_the_ordered_pairs_are_swapped()
    {
        (int kept, int total) = (0, 0);
        ForAll(seed =>
        {
            foreach ((int[] first, int[] second, int label) in Pairs(Corpus(seed), SequencePacking.SentenceOrderPairs, seed))
            {
                total++;
                kept += 1 - label;
                int[] a = [.. first.Where(id => id != Dot)], b = [.. second.Where(id => id != Dot)];
                if (a.Length > 0 && b.Length > 0) (a[0] < b[0]).Should().Be(label == 0);
            }
        });
        ((double)kept / total).Should().BeApproximately(0.5, 4 * Math.Sqrt(0.25 / total));
    }

    [Fact]
    public void Passages_are_of_one_document_and_do_not_overlap() => ForAll(seed =>
    {
        string[][] corpus = Corpus(seed);
        Dictionary<int, int> documentOf = DocumentOf(corpus);
        foreach ((int[] first, int[] second, int document) in Pairs(corpus, SequencePacking.SameDocumentPairs, seed))
        {
            (first.Length + 2).Should().BeLessThanOrEqualTo(MaxLength / 2);
            (second.Length + 2).Should().BeLessThanOrEqualTo(MaxLength / 2);
            first.Concat(second).Where(id => id != Dot).Select(id => documentOf[id]).Should().AllBeEquivalentTo(document);
            if (corpus[document].Length > 1) first.Where(id => id != Dot).Should().NotIntersectWith(second.Where(id => id != Dot));
        }
    });

    [Fact]
    public void Passages_are_as_long_as_they_may_be_but_for_the_wanted_part()
    {
        // Forty documents of twenty sentences of three tokens; a passage has up to ten.
        string[][] corpus = [.. Enumerable.Range(0, 40).Select(d => Enumerable.Range(0, 20).Select(s => $"w{40 * d + 2 * s} w{40 * d + 2 * s + 1} .").ToArray())];
        int most = MaxLength / 2 - 2;
        int[] Lengths(double shorter) => [.. Pairs(corpus, SequencePacking.SameDocumentPairs, 1, shorter).Select(pair => pair.First.Length)];

        Lengths(0).Count(length => length == most).Should().Be(40 * 17 * 2, "all but a document's last three sentences begin a full passage, in two rounds");
        int[] some = Lengths(0.1), all = Lengths(1);
        ((double)some.Count(length => length == most) / some.Length).Should().BeInRange(0.75, 0.82);
        all.Average().Should().BeInRange(4.5, 7.5);
        all.Distinct().Should().HaveCount(4);
    }

    [Fact]
    public void A_document_that_one_passage_could_hold_is_shared_evenly()
    {
        string[][] corpus = [["w0 w1", "w2 w3", "w4 w5", "w6 w7"], ["w8", "w9"]];
        foreach ((int[] first, int[] second, int document) in Pairs(corpus, SequencePacking.SameDocumentPairs, 1, 0))
        {
            first.Should().NotIntersectWith(second);
            first.Length.Should().BeLessThanOrEqualTo(document == 0 ? 4 : 1);
        }
    }

    [Fact]
    public void A_very_long_sentence_is_cut_at_once()
    {
        string[][] corpus = [[string.Join(' ', Enumerable.Range(0, 600_000).Select(i => $"w{i % Words}"))], ["w1 w2"]];
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        Pairs(corpus, SequencePacking.SentenceOrderPairs, 1).Should().HaveCount(4);
        System.Diagnostics.Stopwatch.GetElapsedTime(started).Should().BeLessThan(TimeSpan.FromSeconds(6), "taken out one at a time, it would be a multiple of that");
    }

    [Theory]
    [InlineData("One. Two! Three? four", new[] { "One.", "Two!", "Three? four" })]
    [InlineData("He said \"No.\" Then he left.\nA new line", new[] { "He said \"No.\"", "Then he left.", "A new line" })]
    [InlineData("\u4eca\u5929\u5f88\u597d\u3002\u660e\u5929\u5462\uff1f", new[] { "\u4eca\u5929\u5f88\u597d\u3002", "\u660e\u5929\u5462\uff1f" })]
    [InlineData("One.  Two.   Three. \t\"Four.\"  five", new[] { "One.", "Two.", "Three.", "\"Four.\"  five" })]
    [InlineData("One. \n Two.  ", new[] { "One.", "Two." })]
    [InlineData("  \n ", new string[0])]
    [InlineData("version 1.2.3 of it", new[] { "version 1.2.3 of it" })]
    public void Sentences_end_where_they_should(string text, string[] sentences) => SentenceSplitter.Split(text).Select(range => text[range]).Should().Equal(sentences);

    private static int Dot => s_vocabulary.Length - 1;

    // Seeds from the whole range: FsCheck's own integers are small and repeat, and repeated corpora are no independent draws.
    private static void ForAll(Action<int> check) => Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), check).Check(Config.QuickThrowOnFailure.WithMaxTest(20));

    private static IEnumerable<int> Ids(string sentence) => sentence.Split(' ').Select(word => word == "." ? Dot : int.Parse(word[1..], System.Globalization.CultureInfo.InvariantCulture) + FirstWord);

    private static Dictionary<int, int> DocumentOf(string[][] corpus) =>
        corpus.Index().SelectMany(d => d.Item.SelectMany(Ids).Where(id => id != Dot).Select(id => (id, d.Index))).ToDictionary(p => p.id, p => p.Index);

    // Documents of one to eight sentences of one to thirty words, each word once in the corpus.
    private static string[][] Corpus(int seed)
    {
        var random = new Random(seed);
        int word = 0;
        return [.. Enumerable.Range(0, random.Next(2, 12)).Select(_ => Enumerable.Range(0, random.Next(1, 9))
            .Select(_ => string.Join(' ', Enumerable.Range(0, random.Next(1, 31)).Select(_ => $"w{word++}")) + " .").ToArray())];
    }

    private int[][] Rows(string[][] corpus, SequencePacking packing) => [.. Read(corpus, packing, 1).Select(row => row.Ids)];

    private IEnumerable<(int[] First, int[] Second, int Label)> Pairs(string[][] corpus, SequencePacking packing, int seed, double shorter = 0.1) => Read(corpus, packing, seed, shorter).Select(row =>
    {
        row.Ids[0].Should().Be(Cls);
        row.Ids[^1].Should().Be(Sep);
        row.Ids[row.FirstLength - 1].Should().Be(Sep);
        int second = row.FirstLength + (packing == SequencePacking.SameDocumentPairs ? 1 : 0);
        return (row.Ids[1..(row.FirstLength - 1)], row.Ids[second..^1], row.Label);
    });

    private List<(int[] Ids, int FirstLength, int Label)> Read(string[][] corpus, SequencePacking packing, int seed, double shorter = 0.1)
    {
        var options = new PretrainBertOptions { Packing = packing, DuplicateFactor = 2, ShortSequenceProbability = shorter };
        var tokens = new PretrainingTokens(_tokenizer, null);
        IDataView data = _ml.Data.LoadFromEnumerable(corpus.Select(document => new Row { Text = string.Join('\n', document) }));
        using SentenceStore sentences = new SentenceReader(tokens, split: true, () => { }).Read(data, "Text", null);
        sentences.DocumentCount.Should().Be(corpus.Length);
        using TokenStore store = PretrainingRows.Write(sentences, tokens, options, MaxLength, seed, () => { });
        var rows = new List<(int[], int, int)>();
        long[] buffer = new long[MaxLength];
        for (long row = 0; row < store.Count; row++)
        {
            int length = store.CopyIds(row, buffer);
            rows.Add(([.. buffer.Take(length).Select(id => (int)id)], store.FirstSegmentLength(row), (int)store.ClassLabel(row)));
        }
        return rows;
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
