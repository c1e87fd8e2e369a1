using System.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Estimators.Text.Vocabularies;

/// <summary>Vocabularies against Hugging Face's trainers.</summary>
public class VocabularyGoldenTests
{
    [Fact]
    public void Merges_are_Hugging_Faces_merges_in_their_order_ties_included()
    {
        string[] expected = File.ReadAllLines(Golden.Path("vocabulary/bpe-merges.txt"));
        expected.Should().HaveCountGreaterThan(10_000);
        BpeVocabulary ours = new BpeTrainer(new() { MinPairCount = 1 }).Train(Lines());
        ours.Merges.Should().Equal(expected);
    }

    [Fact]
    public void A_smaller_vocabulary_is_the_beginning_of_a_larger_one()
    {
        BpeVocabulary small = new BpeTrainer(new() { VocabularySize = 1000 }).Train(Lines()), large = new BpeTrainer(new() { VocabularySize = 2000 }).Train(Lines());
        small.Entries.Should().HaveCount(1000);
        large.Entries.Take(1000).Should().Equal(small.Entries);
        large.Merges.Take(small.Merges.Count).Should().Equal(small.Merges);
    }

    [Fact]
    public void Pieces_are_those_of_Hugging_Face_but_for_ties_which_it_breaks_at_random()
    {
        string[] always = File.ReadAllLines(Golden.Path("vocabulary/wordpiece-always.txt")), sometimes = File.ReadAllLines(Golden.Path("vocabulary/wordpiece-sometimes.txt"));
        // It trains on words that its own tokenizer would not cut: special tokens and very long ones.
        var everyWord = new BertWordPieceOptions { MaxWordLength = int.MaxValue, RecogniseSpecialTokens = false };
        string[] ours = [.. new WordPieceTrainer(new() { MinPairCount = 1, MaxAlphabetSize = int.MaxValue, Tokenization = everyWord }).Train(Lines()).Entries.Skip(5)];
        always.Where(entry => Ascii.IsValid(entry)).Should().HaveCountGreaterThan(6000).And.BeSubsetOf(ours);
        ours.Where(entry => Ascii.IsValid(entry)).Except(always).Except(sometimes).Should().HaveCountLessThan(10);
        // Characters beyond ASCII are rare in this text: nearly all of their pairs are seen once, and there ids decide alone.
        always.Except(ours).Should().HaveCountLessThan(always.Length / 100);
    }

    // As the reference reads a file: lines with their line feeds.
    private static IEnumerable<string> Lines() => File.ReadAllText(Golden.Path("vocabulary/text.txt")).Split('\n').SkipLast(1).Select(line => line + "\n");
}
