using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Transformers.Text;

/// <summary>Where words stand in their text.</summary>
public sealed class WordPlacesTests
{
    private static readonly string[] s_pieces = ["a", "Bc", "\u00c9t\u00e9", "e\u0301", "\u5317", "\U00020000", "'", "\u2019", " ", "\u3000", "\n", ".", "-", "_", "7", "\U0001F600", "\ud800", new('x', 300)];

    [Theory]
    [InlineData(WordUnit.Word)]
    [InlineData(WordUnit.Whitespace)]
    [InlineData(WordUnit.Character)]
    public void What_a_place_cuts_out_of_any_text_is_the_word(WordUnit unit) => AnySeed.Holds(random =>
    {
        string text = string.Concat(random.GetItems(s_pieces, random.Next(14)));
        var words = new WordList();
        new WordSplitter(new() { Unit = unit }).Split(text, words);
        int last = 0;
        for (int i = 0; i < words.Count; i++)
        {
            (int start, int end) = words.PlaceOf(i);
            start.Should().BeGreaterThanOrEqualTo(last);
            last = end;
            // Half a character is read as U+FFFD, the other apostrophe as the first.
            string cut = text[start..end].ToLowerInvariant().Replace('\ud800', '\ufffd');
            (unit == WordUnit.Word ? cut.Replace('\u2019', '\'') : cut).Should().Be(words[i].ToString());
        }
    });

    [Fact]
    public void A_phrase_stands_where_its_words_stand()
    {
        var phrases = new PhraseTable();
        phrases.Add("new_york", 3);
        var words = new WordList();
        new WordSplitter(new(), [phrases]).Split("In New\n York, new.", words);
        Enumerable.Range(0, words.Count).Select(i => (words[i].ToString(), words.PlaceOf(i))).Should().Equal(("in", (0, 2)), ("new_york", (3, 12)), ("new", (14, 17)));
    }
}
