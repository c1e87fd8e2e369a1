using System.Text.Json;
using System.Text.RegularExpressions;
using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Tokenization;

/// <summary>GPT-2's pattern without a regular expression.</summary>
public partial class Gpt2SplitterTests
{
    // A text is drawn from these, so that runs, contractions and kinds of white space meet often.
    private static readonly string[] s_kinds =
    [
        " ", " \t\n\r\v\f\u0085\u00a0\u2003\u2028\u3000", "'", "stmdrevlSTM", "abcXYZ\u00e9\u0416\u03bb", "0123\u00b2\u2167\u0663", ".,!?-_$^`|~", "\u4e2d\u6587\ud55c\u0e44\u0939",
        "\u0301\u200b\ufeff\u180e\x1c\x7f\0", "\ud800\udbff", "\udc00\udfff",
    ];

    [Fact]
    public void Any_text_is_divided_as_the_regular_expression_does() => Prop.ForAll(ArbMap.Default.ArbFor<(byte, char)[]>(), input =>
    {
        string text = WithoutPairs(string.Concat((input ?? []).Select(i => i.Item1 % 13 is var kind && kind < s_kinds.Length ? s_kinds[kind][i.Item2 % s_kinds[kind].Length] : i.Item2)));
        Split(text).Should().Equal(Pattern().Matches(text).Select(m => m.Value));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000).WithEndSize(60));

    [Fact]
    public void Texts_with_letters_beyond_the_first_plane_are_divided_as_Python_does()
    {
        string[] lines = File.ReadAllLines(Golden.Path("vocabulary/split.jsonl"));
        lines.Should().HaveCountGreaterThan(700);
        foreach (string line in lines)
        {
            string[] pieces = [.. JsonDocument.Parse(line).RootElement.GetProperty("pieces").EnumerateArray().Select(p => p.GetString()!)];
            Split(string.Concat(pieces)).Should().Equal(pieces);
        }
    }

    [Fact]
    public void Both_ways_to_ask_for_pieces_agree()
    {
        const string Text = " it's  a\n\n test";
        var tokenizer = new Gpt2PreTokenizer();
        tokenizer.PreTokenize(Text).Should().Equal((0, 3), (3, 2), (5, 1), (6, 2), (8, 2), (10, 5)).And.Equal(tokenizer.PreTokenize(Text.AsSpan()));
    }

    private static List<string> Split(string text)
    {
        var pieces = new List<string>();
        for (int start = 0; start < text.Length; start += pieces[^1].Length) pieces.Add(text[start..Gpt2Splitter.End(text, start)]);
        return pieces;
    }

    // The regular expression sees two units there, GPT-2 one character; the golden texts have them.
    private static string WithoutPairs(string text) => Regex.Replace(text, @"([\ud800-\udbff])(?=[\udc00-\udfff])", "$1x");

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+")]
    private static partial Regex Pattern();
}
