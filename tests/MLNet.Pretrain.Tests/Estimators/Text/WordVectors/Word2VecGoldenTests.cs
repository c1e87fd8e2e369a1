using System.Text.Json;
using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

/// <summary>Against word2vec.c and word2phrase.c: Golden/word2vec/README.md.</summary>
public sealed class Word2VecGoldenTests
{
    private readonly JsonElement _golden = JsonDocument.Parse(File.ReadAllText(Golden.Path("word2vec/cases.json"))).RootElement;

    private JsonElement[] Vocabulary => [.. _golden.GetProperty("vocab").EnumerateArray()];

    private long[] Counts => [.. Vocabulary.Select(v => v.GetProperty("count").GetInt64())];

    [Fact]
    public void Huffman_codes_and_points_are_those_of_the_C_program()
    {
        var tree = new HuffmanTree(Counts);
        for (int word = 0; word < Vocabulary.Length; word++)
        {
            tree.Codes(word).ToArray().Select(c => (int)c).Should().Equal(Ints(Vocabulary[word], "code"));
            tree.Points(word).ToArray().Should().Equal(Ints(Vocabulary[word], "point"));
        }
    }

    [Fact]
    public void Negatives_are_drawn_in_the_proportions_of_the_C_programs_table()
    {
        double[] shares = new AliasTable(Counts, 0.75).Shares();
        double slots = _golden.GetProperty("table_size").GetInt64();
        shares.Sum().Should().BeApproximately(1, 1e-12);
        for (int word = 0; word < Vocabulary.Length; word++)
        {
            shares[word].Should().BeApproximately(Vocabulary[word].GetProperty("unigram_prob").GetDouble(), 1e-9);
            shares[word].Should().BeApproximately(Vocabulary[word].GetProperty("table_slots").GetInt64() / slots, 1e-7);
        }
    }

    [Fact]
    public void Drawing_negatives_follows_the_shares()
    {
        var table = new AliasTable(Counts, 0.75);
        double[] shares = table.Shares();
        int[] drawn = new int[shares.Length];
        var random = new FastRandom(7);
        const int Draws = 2_000_000;
        for (int i = 0; i < Draws; i++) drawn[table.Draw(ref random)]++;
        for (int word = 0; word < shares.Length; word++)
            ((double)drawn[word] / Draws).Should().BeApproximately(shares[word], 5 * Math.Sqrt(shares[word] / Draws));
    }

    [Fact]
    public void Subsampling_keeps_what_the_C_program_keeps()
    {
        uint[] keep = Word2VecTrainer.KeepThresholds(new Vocabulary(new WordTable(), Counts), 1e-3);
        for (int word = 0; word < keep.Length; word++)
            (keep[word] / 4294967296.0).Should().BeApproximately(Math.Min(1, Vocabulary[word].GetProperty("keep_prob_sample_1e-3").GetDouble()), 1e-8);
    }

    [Fact]
    public void The_vocabulary_has_the_words_order_and_counts_of_the_C_program_but_for_its_line_end()
    {
        using Corpus corpus = ReadText(null, _golden.GetProperty("min_count").GetInt32());
        Enumerable.Range(0, corpus.Vocabulary.Count).Select(i => (corpus.Vocabulary.Words[i].ToString(), corpus.Vocabulary.Counts[i]))
            .Should().Equal(Vocabulary.Skip(1).Select(v => (v.GetProperty("word").GetString()!, v.GetProperty("count").GetInt64())));
        corpus.Vocabulary.TotalCount.Should().Be(_golden.GetProperty("train_words").GetInt64() - Counts[0]);
    }

    [Fact]
    public void Phrases_are_those_of_word2phrase()
    {
        using Corpus corpus = ReadText(new PhraseOptions { MinCount = 2, Threshold = 5 }, 1);
        var words = new WordList();
        string[] text = File.ReadAllLines(Golden.Path("word2vec/text.txt")), expected = File.ReadAllLines(Golden.Path("word2vec/phrases.txt"));
        for (int line = 0; line < text.Length; line++)
        {
            corpus.Splitter.Split(text[line], words);
            Join(words).Should().Be(expected[line].Trim(), "a text is divided as the corpus was");
        }
        var joined = expected.SelectMany(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)).CountBy(w => w).ToDictionary();
        Enumerable.Range(0, corpus.Vocabulary.Count).ToDictionary(i => corpus.Vocabulary.Words[i].ToString(), i => (int)corpus.Vocabulary.Counts[i]).Should().BeEquivalentTo(joined);
    }

    private static Corpus ReadText(PhraseOptions? phrases, int minCount)
    {
        IDataView data = new MLContext(1).Data.LoadFromEnumerable(File.ReadAllLines(Golden.Path("word2vec/text.txt")).Select(line => new TinyTexts.Row { Text = line }));
        var request = new CorpusRequest("Test", new WordSplitting { Unit = WordUnit.Whitespace, Lowercase = false }, phrases, minCount, null, 1_000_000, false);
        return Corpus.Read(data, data.Schema["Text"], request, () => { });
    }

    private static string Join(WordList words) => string.Join(' ', Enumerable.Range(0, words.Count).Select(i => words[i].ToString()));

    private static int[] Ints(JsonElement word, string name) => [.. word.GetProperty(name).EnumerateArray().Select(v => v.GetInt32())];
}
