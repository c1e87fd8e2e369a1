using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Text.Tokens;

public class WordEncoderTests
{
    private static readonly SequenceTokenizer s_tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(
        (string[])["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "b", "##a", "##b"], null));

    [Fact]
    public void A_short_row_is_one_window_and_each_word_has_its_first_piece()
    {
        EncodedWords encoded = Encode("a ab \u0007x b", 20);
        encoded.Ids.Should().Equal(2, 5, 5, 8, 1, 6, 3);
        encoded.FirstPieces.Should().Equal(1, 2, 4, 5);
        encoded.Windows.Should().Equal(new WordWindow(0, 4, 0, 7));
    }

    [Fact]
    public void A_word_of_which_the_tokenizer_makes_nothing_is_unknown()
    {
        var row = new WordRow();
        string[] tokens = ["", " ", "a"];
        row.SetTokens(new(3, [.. tokens.Select(t => t.AsMemory())]));
        var encoded = new EncodedWords();
        new WordEncoder(s_tokenizer, 10).Encode(row, encoded);
        encoded.Ids.Should().Equal(2, 1, 1, 5, 3);
        row.Cut(1, 2).Should().Be("  a", "ready-made words are joined by spaces");
    }

    [Fact]
    public void A_word_over_the_limit_keeps_its_first_pieces_and_is_counted()
    {
        EncodedWords encoded = Encode("b abababab b", 6);
        encoded.WordsCut.Should().Be(1);
        encoded.Windows.Select(w => w.WordCount).Should().Equal(1, 1, 1);
        encoded.IdsOf(encoded.Windows[1]).ToArray().Should().Equal(2, 5, 8, 7, 8, 3);
    }

    [Fact]
    public void Every_word_of_any_row_is_in_one_window_in_order_within_the_limit() => AnySeed.Holds(random =>
    {
        int maxLength = random.Next(3, 20);
        string[] words = [.. Enumerable.Range(0, random.Next(0, 60)).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 6)).Select(_ => "ab"[random.Next(2)])))];
        EncodedWords encoded = Encode(string.Join(' ', words), maxLength);
        encoded.FirstPieces.Should().HaveCount(words.Length);
        (int word, int id) = (0, 0);
        foreach (WordWindow window in encoded.Windows)
        {
            (window.FirstWord, window.FirstId).Should().Be((word, id));
            window.IdCount.Should().BeInRange(3, maxLength);
            int[] ids = encoded.IdsOf(window).ToArray();
            (ids[0], ids[^1]).Should().Be((2, 3));
            var pieces = new List<string>();
            for (int w = window.FirstWord; w < window.FirstWord + window.WordCount; w++)
            {
                int first = encoded.FirstPieces[w] - window.FirstId, end = w + 1 < window.FirstWord + window.WordCount ? encoded.FirstPieces[w + 1] - window.FirstId : ids.Length - 1;
                string whole = string.Concat(ids[first..end].Select(i => s_tokenizer.TokenOf(i).TrimStart('#')));
                whole.Should().Be(words[w][..Math.Min(words[w].Length, maxLength - 2)]);
            }
            (word, id) = (window.FirstWord + window.WordCount, window.FirstId + window.IdCount);
        }
        (word, id).Should().Be((words.Length, encoded.Ids.Count));
    });

    [Fact]
    public void Windows_of_a_long_row_are_of_about_equal_length()
    {
        EncodedWords encoded = Encode(string.Join(' ', Enumerable.Repeat("a", 21)), 22);
        encoded.Windows.Select(w => w.WordCount).Should().Equal(11, 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Word_by_word_a_text_has_the_ids_that_it_has_as_a_whole(bool byteLevel)
    {
        string[] texts = [.. TinyEntities.Rows(50, 1).Select(r => r.Text), "It cost 5,50 (five) euros: really?", "Zo\u00eb  saw\n\u5317\u4eac."];
        SequenceTokenizer tokenizer = byteLevel
            ? ((VocabularySource)new BpeTrainer(new() { VocabularySize = 300, SpecialTokens = BpeTrainerOptions.RobertaSpecialTokens }).Train(texts)).OpenForEncoder()
            : SequenceTokenizer.WordPiece(new WordPieceTrainer(new() { VocabularySize = 300 }).Train(texts).Tokenizer);
        // White space other than single spaces is a part of byte-level texts and none of their words.
        foreach (string text in byteLevel ? texts[..^1] : texts)
        {
            var whole = new EncodedText();
            tokenizer.Encode(text, 500, TruncationStrategy.Error, whole);
            Encode(text, 500, tokenizer).Ids.Should().Equal(whole.Ids.ToArray(), text);
        }
    }

    private static EncodedWords Encode(string text, int maxLength, SequenceTokenizer? tokenizer = null)
    {
        var row = new WordRow();
        row.SetText(text);
        var encoded = new EncodedWords();
        new WordEncoder(tokenizer ?? s_tokenizer, maxLength).Encode(row, encoded);
        return encoded;
    }
}
