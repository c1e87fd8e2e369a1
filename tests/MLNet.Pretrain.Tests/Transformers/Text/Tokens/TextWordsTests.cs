using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Text.Tokens;

public class TextWordsTests
{
    [Theory]
    [InlineData("", "")]
    [InlineData("  \t\n ", "")]
    [InlineData("It's 5 o'clock.", "It|'|s|5|o|'|clock|.")]
    [InlineData("New  York,\u00a0USA", "New|York|,|USA")]
    [InlineData("\u5317\u4eac abc\u6771", "\u5317|\u4eac|abc|\u6771")]
    [InlineData("Caf\u00e9 cafe\u0301!", "Caf\u00e9|cafe\u0301|!")]
    [InlineData("a\ud83d\ude00b \ud83d\udc68\u200d\ud83d\udc69", "a\ud83d\ude00b|\ud83d\udc68\u200d\ud83d\udc69")]
    [InlineData("\u203c\ufe0f wow", "\u203c\ufe0f|wow")]
    [InlineData("\u200b \u0000x\u00ady", "x\u00ady")]
    public void Words_end_at_white_space_and_marks_stand_alone(string text, string expected) =>
        Words(text).Should().Equal(expected.Split('|', StringSplitOptions.RemoveEmptyEntries));

    private static IEnumerable<string> Words(string text)
    {
        List<TokenOffset> words = [];
        TextWords.Split(text, words);
        return words.Select(w => text.Substring(w.Start, w.Length));
    }
}
