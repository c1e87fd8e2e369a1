using System.Text;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Tokenization;

public sealed class GptTokenizerTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [SharedDataFact("data/vocab/gpt2-encoder.json")]
    public void Every_golden_case_has_GPT_2s_ids_and_comes_back_from_them()
    {
        File.Copy(SharedData.Path("data/vocab/gpt2-encoder.json"), _folder.File("vocab.json"));
        File.Copy(SharedData.Path("data/vocab/gpt2-vocab.bpe"), _folder.File("merges.txt"));
        GptTokenizer tokenizer = GptTokenizer.Load(_folder.Path);
        (tokenizer.VocabSize, tokenizer.EndOfTextId).Should().Be((50257, 50256));
        int count = 0;
        foreach (string line in File.ReadLines(SharedData.Path("golden/gpt2/bpe.jsonl")))
        {
            using JsonDocument c = JsonDocument.Parse(line);
            string text = c.RootElement.GetProperty("text").GetString()!;
            int[] expected = [.. c.RootElement.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
            tokenizer.Encode(text).Should().Equal(expected, text);
            tokenizer.Decode(expected).Should().Be(text);
            Stream(tokenizer, expected, []).Should().Be(text);
            count++;
        }
        count.Should().Be(346);
        tokenizer.Encode("<|endoftext|>").Should().NotContain(tokenizer.EndOfTextId, "in a text it is characters");
    }

    [Fact]
    public void Any_text_comes_back_from_its_bytes()
    {
        GptTokenizer tokenizer = GptTokenizer.Bytes();
        (tokenizer.VocabSize, tokenizer.EndOfTextId).Should().Be((257, 256));
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), text =>
        {
            // A lone surrogate has no UTF-8: it becomes U+FFFD, as everywhere in .NET.
            text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text ?? ""));
            IReadOnlyList<int> ids = tokenizer.Encode(text);
            return ids.Count == Encoding.UTF8.GetByteCount(text) && tokenizer.Decode(ids) == text && Stream(tokenizer, ids, []) == text;
        }).QuickCheckThrowOnFailure();
        tokenizer.Encode("a b").Should().Equal('a' - '!', 220, 'b' - '!');
        tokenizer.Encode("").Should().BeEmpty();
    }

    [Fact]
    public void Lone_surrogates_become_the_replacement_character()
    {
        GptTokenizer tokenizer = GptTokenizer.Bytes();
        tokenizer.Decode(tokenizer.Encode("a\ud83dz\ude00")).Should().Be("a\ufffdz\ufffd");
    }

    [Fact]
    public void Files_come_back()
    {
        GptTokenizer.Bytes().Save(_folder.Path);
        GptTokenizer loaded = GptTokenizer.Load(_folder.Path);
        loaded.Encode("Zürich, 你好").Should().Equal(GptTokenizer.Bytes().Encode("Zürich, 你好"));
        File.ReadAllText(_folder.File("tokenizer_config.json")).Should().Contain("GPT2Tokenizer");
    }

    [Fact]
    public void A_vocabulary_without_the_separator_or_without_merges_is_refused()
    {
        File.WriteAllText(_folder.File("vocab.json"), """{"a":0}""");
        FluentActions.Invoking(() => GptTokenizer.Load(_folder.Path)).Should().Throw<FileNotFoundException>().WithMessage("*has no merges.txt. Found: vocab.json*");
        File.WriteAllText(_folder.File("merges.txt"), "#version: 0.2\n");
        FluentActions.Invoking(() => GptTokenizer.Load(_folder.Path)).Should().Throw<InvalidDataException>().WithMessage("*no '<|endoftext|>'; expected GPT-2's separator*");
        File.WriteAllText(_folder.File("vocab.json"), "{");
        FluentActions.Invoking(() => GptTokenizer.Load(_folder.Path)).Should().Throw<InvalidDataException>().WithMessage("*not readable*");
        FluentActions.Invoking(() => GptTokenizer.Bytes().Decode([257])).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*257 tokens; expected 0 to 256*");
    }

    [Theory]
    [InlineData(6, TruncationStrategy.LongestFirst, "abcdef")]
    [InlineData(6, TruncationStrategy.HeadAndTail, "afghij")]
    [InlineData(20, TruncationStrategy.HeadAndTail, "abcdefghij")]
    public void A_text_over_the_limit_is_cut_as_asked(int maxLength, TruncationStrategy truncation, string kept)
    {
        GptTokenizer tokenizer = GptTokenizer.Bytes();
        var encoded = new EncodedText();
        ((ISequenceEncoder)tokenizer).Encode("abcdefghij", maxLength, truncation, encoded);
        tokenizer.Decode(encoded.Ids.ToArray()).Should().Be(kept);
        encoded.Truncated.Should().Be(kept.Length < 10);
    }

    [Theory]
    [InlineData("abcdef", "xy", 7, TruncationStrategy.LongestFirst, "abcd|xy")]
    [InlineData("abcdef", "uvwxyz", 7, TruncationStrategy.LongestFirst, "abc|uvw")]
    [InlineData("ab", "uvwxyz", 7, TruncationStrategy.OnlySecond, "ab|uvwx")]
    [InlineData("ab", "xy", 7, TruncationStrategy.Error, "ab|xy")]
    public void Pairs_have_the_separator_between_them(string text, string pair, int maxLength, TruncationStrategy truncation, string kept)
    {
        GptTokenizer tokenizer = GptTokenizer.Bytes();
        var encoded = new EncodedText();
        ((ISequenceEncoder)tokenizer).EncodePair(text, pair, maxLength, truncation, encoded);
        tokenizer.Decode(encoded.Ids.ToArray()).Should().Be(kept.Replace("|", GptTokenizer.EndOfText, StringComparison.Ordinal));
        FluentActions.Invoking(() => ((ISequenceEncoder)tokenizer).EncodePair("abcdef", "xy", 7, TruncationStrategy.Error, encoded)).Should().Throw<ArgumentException>().WithMessage("*forbids*");
    }

    [Fact]
    public void The_bytes_of_a_character_wait_for_each_other()
    {
        GptTokenizer tokenizer = GptTokenizer.Bytes();
        var stream = new TokenTextStream(tokenizer, []);
        string[] pieces = [.. tokenizer.Encode("é😀a").Select(stream.Append)];
        pieces.Should().Equal("", "é", "", "", "", "😀", "a");
        stream.Append(tokenizer.Encode("😀")[0]).Should().BeEmpty();
        stream.Complete().Should().Be("\ufffd", "the rest of the character never came");
    }

    [Theory]
    [InlineData("one END two", new[] { "END" }, "one ")]
    [InlineData("one EN END", new[] { "END" }, "one EN ")]
    [InlineData("one EN", new[] { "END" }, "one EN")]
    [InlineData("xabcd", new[] { "abcd", "bc" }, "xa")]
    [InlineData("aaab", new[] { "aab" }, "a")]
    [InlineData("ENDx", new[] { "END", "ENDx" }, "")]
    [InlineData("one", new[] { "x", "one more" }, "one")]
    public void A_stop_string_ends_the_text_exactly_before_it(string text, string[] stops, string expected)
    {
        GptTokenizer tokenizer = GptTokenizer.Bytes();
        Stream(tokenizer, tokenizer.Encode(text), stops).Should().Be(expected);
        var stream = new TokenTextStream(tokenizer, stops);
        string soFar = "";
        foreach (int id in tokenizer.Encode(text))
        {
            soFar += stream.Append(id);
            expected.Should().StartWith(soFar, "what was shown is never taken back");
        }
    }

    public void Dispose() => _folder.Dispose();

    private static string Stream(GptTokenizer tokenizer, IEnumerable<int> ids, string[] stops)
    {
        var stream = new TokenTextStream(tokenizer, stops);
        return string.Concat(ids.Select(stream.Append)) + stream.Complete();
    }
}
