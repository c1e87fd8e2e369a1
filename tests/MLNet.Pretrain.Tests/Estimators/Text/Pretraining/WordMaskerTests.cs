using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text.Pretraining;

/// <summary>What Devlin et al. (2018) say of hidden words, over random corpora.</summary>
public class WordMaskerTests
{
    private static readonly string[] s_vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", .. Enumerable.Range(0, 495).Select(i => i % 3 == 2 ? $"##p{i}" : $"w{i}")];

    private readonly SequenceTokenizer _tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(s_vocabulary, null));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Fifteen_percent_are_hidden_of_them_eighty_masked_ten_random_ten_kept(bool wholeWords) => Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        var count = new Counts();
        foreach ((long[] stored, long[] masked, List<long> positions, _) in Masked(seed, 4_000, wholeWords, 0.15)) count.Add(stored, masked, positions);
        (100.0 * count.Hidden / count.Tokens).Should().BeApproximately(15, 0.1);
        ((double)count.Mask / count.Hidden).Should().BeApproximately(0.8, 0.01);
        // A random token is the old one once in the vocabulary's size.
        ((double)count.Other / count.Hidden).Should().BeApproximately(0.1, 0.01);
        ((double)count.Kept / count.Hidden).Should().BeApproximately(0.1, 0.01);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(4));

    [Fact]
    public void Words_are_hidden_whole_special_tokens_never_and_the_rest_stays() => Prop.ForAll(ArbMap.Default.ArbFor<(int, byte)>(), input =>
    {
        double probability = 0.05 + input.Item2 % 80 / 100.0;
        foreach ((long[] stored, long[] masked, List<long> positions, List<long> targets) in Masked(input.Item1, 20, true, probability))
        {
            positions.Should().OnlyHaveUniqueItems().And.HaveSameCount(targets);
            for (int i = 0; i < positions.Count; i++) targets[i].Should().Be(Id(stored[positions[i]]));
            for (int at = 0; at < stored.Length; at++)
            {
                if (positions.Contains(at)) Id(stored[at]).Should().BeGreaterThan(4, "special tokens are not hidden");
                else masked[at].Should().Be(Id(stored[at]));
                bool continues = stored[at] >= s_vocabulary.Length && at > 0 && Id(stored[at - 1]) > 4;
                if (continues) positions.Contains(at).Should().Be(positions.Contains(at - 1), "a word is hidden whole or not at all");
            }
        }
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_seed_hides_the_same_words_and_another_seed_others()
    {
        long[][] Ids(int seed) => [.. Masked(seed, 5, true, 0.15, corpus: 7).Select(m => m.Masked)];
        Ids(1).Should().BeEquivalentTo(Ids(1));
        Ids(1).Should().NotBeEquivalentTo(Ids(2));
    }

    [Fact]
    public void Batches_made_on_two_threads_at_once_are_those_made_alone()
    {
        var batches = new PretrainingBatches(new PretrainingTokens(_tokenizer, null), new PretrainBertOptions());
        long[][] Make(int seed)
        {
            long[] ids = [.. Enumerable.Range(0, 8 * 64).Select(i => (long)(i % 64 is 0 ? 2 : i % 64 is 63 ? 3 : 5 + i % 490))];
            using TrainingBatch batch = batches.Prepare(new TrainingBatch { InputIds = tensor(ids).view(8, 64), Labels = zeros(8, ScalarType.Int64), RowIndices = [0, 1, 2, 3, 4, 5, 6, 7], Tokens = ids.Length }, seed);
            return [batch.InputIds.data<long>().ToArray(), batch.Positions!.data<long>().ToArray(), batch.Targets!.data<long>().ToArray()];
        }

        long[][][] alone = [.. Enumerable.Range(0, 200).Select(Make)], together = new long[200][][];
        Parallel.For(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, seed => together[seed] = Make(seed));
        for (int seed = 0; seed < 200; seed++)
            for (int part = 0; part < 3; part++) together[seed][part].Should().Equal(alone[seed][part]);
    }

    [Fact]
    public void A_segmenter_makes_words_of_characters()
    {
        string[] vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "\u5317", "\u4eac", "\u5927", "\u5b66", "in"];
        SequenceTokenizer tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(vocabulary, null));
        List<int> stored = [];
        new PretrainingTokens(tokenizer, new Pairs()).Encode("\u5317\u4eac\u5927\u5b66in", new EncodedText(), stored);
        stored.Should().Equal(5, 6 + 10, 7, 8 + 10, 9);
        stored.Clear();
        new PretrainingTokens(tokenizer, null).Encode("\u5317\u4eac", new EncodedText(), stored);
        stored.Should().Equal(5, 6);
    }

    [Fact]
    public void A_segmenter_makes_words_of_characters_of_bytes_too()
    {
        using var folder = new TestFolder();
        new BpeTrainer(new() { VocabularySize = 261, SpecialTokens = BpeTrainerOptions.RobertaSpecialTokens }).Train(["plain words"]).Save(folder.Path);
        SequenceTokenizer tokenizer = SequenceTokenizer.Load(folder.Path);
        // Three bytes a character; the space belongs to the word behind it.
        Begins("\u5317\u4eac\u5927\u5b66", new Pairs()).Should().Equal(true, false, false, false, false, false, true, false, false, false, false, false);
        Begins("\u5317\u4eac", null).Should().Equal(true, false, false, true, false, false);
        Begins(" a b\u00e9", null).Should().Equal(true, false, true, false, false, false);

        IEnumerable<bool> Begins(string text, IWordSegmenter? segmenter)
        {
            List<int> stored = [];
            new PretrainingTokens(tokenizer, segmenter).Encode(text, new EncodedText(), stored);
            return stored.Select(id => id < tokenizer.VocabSize);
        }
    }

    private static long Id(long stored) => stored % s_vocabulary.Length;

    // Rows of random words of one to four pieces between special tokens.
    private IEnumerable<(long[] Stored, long[] Masked, List<long> Positions, List<long> Targets)> Masked(int seed, int rows, bool wholeWords, double probability, int? corpus = null)
    {
        var masker = new WordMasker(new PretrainingTokens(_tokenizer, null), new PretrainBertOptions { WholeWordMasking = wholeWords, MaskProbability = probability });
        var words = new Random(corpus ?? seed);
        for (int row = 0; row < rows; row++)
        {
            List<long> stored = [2];
            int length = words.Next(1, 120);
            while (stored.Count < length)
            {
                stored.Add(words.Next(5, s_vocabulary.Length));
                for (int piece = words.Next(4); piece > 0; piece--) stored.Add(words.Next(5, s_vocabulary.Length) + s_vocabulary.Length);
            }
            stored.Add(3);
            stored.Add(0);
            long[] masked = [.. stored];
            List<long> positions = [], targets = [];
            var random = new FastRandom(SeedMixer.Mix(seed, row));
            masker.Mask(masked, 0, ref random, positions, targets);
            yield return ([.. stored], masked, positions, targets);
        }
    }

    private sealed class Counts
    {
        public long Tokens, Hidden, Mask, Kept, Other;

        public void Add(long[] stored, long[] masked, List<long> positions)
        {
            Tokens += stored.Count(id => Id(id) > 4);
            Hidden += positions.Count;
            foreach (long at in positions)
            {
                if (masked[at] == 4) Mask++;
                else if (masked[at] == Id(stored[at])) Kept++;
                else Other++;
            }
        }
    }

    private sealed class Pairs : IWordSegmenter
    {
        public IEnumerable<TokenOffset> Segment(string text) => [new(0, 2), new(2, 2)];
    }
}
