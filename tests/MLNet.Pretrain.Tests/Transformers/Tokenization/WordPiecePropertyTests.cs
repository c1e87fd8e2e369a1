using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Tokenization;

/// <summary>What holds for every text, with a vocabulary that stands in every clone.</summary>
public class WordPiecePropertyTests
{
    private static readonly string[] s_vocabulary =
        ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "un", "##want", "##ed", "runn", "##ing", "film", "##s", "a", "b", "c", "##a", "##b", "##c", ",", ".", "!", "\u4e2d", "\u6587", "e", "##e"];

    private readonly SequenceTokenizer _tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(s_vocabulary, null));

    [Fact]
    public void Longest_pieces_come_first_and_offsets_point_into_the_original()
    {
        EncodedText encoded = Encode("UNwanted  Films, \u4e2d\u6587 xyz", 64);
        Tokens(encoded).Should().Equal("[CLS]", "un", "##want", "##ed", "film", "##s", ",", "\u4e2d", "\u6587", "[UNK]", "[SEP]");
        encoded.Offsets[1..^1].ToArray().Select(o => (o.Start, o.Length)).Should().Equal((0, 2), (2, 4), (6, 2), (10, 4), (14, 1), (15, 1), (17, 1), (18, 1), (20, 3));
    }

    [Fact]
    public void Accents_are_stripped_and_offsets_still_count_original_characters()
    {
        EncodedText encoded = Encode("e\u0301a \u00e9b", 16);
        Tokens(encoded)[1..^1].Should().Equal("e", "##a", "e", "##b");
        encoded.Offsets[2].Start.Should().Be(2);
        encoded.Offsets[3].Start.Should().Be(4);
    }

    [Fact]
    public void Every_text_rule_comes_back_from_the_files()
    {
        using var folder = new TestFolder();
        var options = new BertWordPieceOptions { LowerCase = false, StripAccents = true, SplitChinese = false, RecogniseSpecialTokens = false, DropUnassigned = false, MaxWordLength = 5 };
        SequenceTokenizer saved = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(s_vocabulary, options));
        saved.Save(folder.Path);
        SequenceTokenizer loaded = SequenceTokenizer.Load(folder.Path);
        foreach (string text in (string[])["abcab abcabc", "[MASK] a [SEP]", "a\ue000b", "\u4e2d\u6587 \u00e9 A"])
        {
            (EncodedText before, EncodedText after) = (new(), new());
            saved.Encode(text, 64, TruncationStrategy.Error, before);
            loaded.Encode(text, 64, TruncationStrategy.Error, after);
            after.Ids.ToArray().Should().Equal(before.Ids.ToArray(), text);
        }
        ((BertWordPieceTokenizer)loaded.Tokenizer).Options.Should().Be(options);
    }

    [Fact]
    public void Of_any_text_offsets_rise_stay_inside_and_the_limit_holds() => Prop.ForAll(ArbMap.Default.ArbFor<(string?, int)>(), input =>
    {
        string text = input.Item1 ?? "";
        int limit = 3 + Math.Abs(input.Item2 % 20);
        EncodedText encoded = Encode(text, limit);
        encoded.Length.Should().BeInRange(2, limit);
        encoded.Ids[0].Should().Be(2);
        encoded.Ids[^1].Should().Be(3);
        int end = 0;
        foreach (TokenOffset offset in encoded.Offsets[1..^1])
        {
            offset.Start.Should().BeGreaterThanOrEqualTo(end);
            (offset.Start + offset.Length).Should().BeLessThanOrEqualTo(text.Length);
            end = offset.Start;
        }
        if (!encoded.Truncated) Encode(text, 10_000).Ids.ToArray().Should().Equal(encoded.Ids.ToArray());
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Of_any_pair_the_limit_holds_and_each_strategy_cuts_where_it_says() => Prop.ForAll(ArbMap.Default.ArbFor<(byte, byte, byte)>(), input =>
    {
        (int first, int second, int limit) = (input.Item1 % 30, input.Item2 % 30, 5 + input.Item3 % 30);
        string a = string.Join(' ', Enumerable.Repeat("a", first)), b = string.Join(' ', Enumerable.Repeat("b", second));
        var encoded = new EncodedText();
        _tokenizer.EncodePair(a, b, limit, TruncationStrategy.LongestFirst, encoded);
        encoded.Length.Should().Be(Math.Min(limit, first + second + 3));
        (int keptA, int keptB) = (Tokens(encoded).Count(t => t == "a"), Tokens(encoded).Count(t => t == "b"));
        if (keptA < first && keptB < second) Math.Abs(keptA - keptB).Should().BeLessThanOrEqualTo(1, "the longer one is cut first");
        encoded.TypeIds.ToArray().Count(t => t == 1).Should().Be(keptB + 1);
        if (first + 3 >= limit) return;   // no room for a second text: refused, as it should be
        _tokenizer.EncodePair(a, b, limit, TruncationStrategy.OnlySecond, encoded);
        Tokens(encoded).Count(t => t == "a").Should().Be(first);
        encoded.Length.Should().BeLessThanOrEqualTo(limit);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void Head_and_tail_keeps_both_ends()
    {
        var encoded = new EncodedText();
        _tokenizer.Encode("a a a a b b b b b b c c c c", 10, TruncationStrategy.HeadAndTail, encoded);
        string[] tokens = Tokens(encoded);
        tokens.Should().HaveCount(10).And.Contain("c").And.StartWith("[CLS]");
        tokens[1].Should().Be("a");
        tokens[^2].Should().Be("c");
        encoded.Truncated.Should().BeTrue();
    }

    private EncodedText Encode(string text, int limit)
    {
        var encoded = new EncodedText();
        _tokenizer.Encode(text, limit, TruncationStrategy.LongestFirst, encoded);
        return encoded;
    }

    private static string[] Tokens(EncodedText encoded) => [.. encoded.Ids.ToArray().Select(id => s_vocabulary[id])];
}
