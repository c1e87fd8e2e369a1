using System.Globalization;
using System.IO.Compression;
using System.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

public sealed class WordVectorFileTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [Theory]
    [InlineData("gensim.bin")]
    [InlineData("gensim.txt")]
    [InlineData("gensim.glove.txt")]
    public void Files_of_gensim_are_read_and_their_format_is_seen(string name)
    {
        WordVectors vectors = WordVectors.Load(Golden.Path("word2vec/" + name));
        vectors.Words.Should().Equal("the", "naïve", "北京", "new_york");
        vectors["the"].Should().Equal(0.1f, -0.25f, 3e-5f, 1f);
        vectors["北京"].Should().Equal(-1e-7f, 0, 0.5f, 1e8f);
        vectors["new_york"].Should().Equal(0.3333333f, 1 / 7f, 2 / 3f, -9);
    }

    [Theory]
    [InlineData(WordVectorFormat.Text)]
    [InlineData(WordVectorFormat.Binary)]
    [InlineData(WordVectorFormat.GloVe)]
    public void What_is_written_is_read_back_to_the_last_bit_in_any_culture(WordVectorFormat format)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("de-DE");
        try
        {
            WordVectors vectors = WordVectors.Load(Golden.Path("word2vec/gensim.bin"));
            vectors.Save(_folder.File("v"), format);
            WordVectors read = WordVectors.Load(_folder.File("v"));
            read.Words.Should().Equal(vectors.Words);
            read.Values.ToArray().Should().Equal(vectors.Values.ToArray());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void The_binary_file_is_byte_for_byte_what_the_C_program_would_write()
    {
        WordVectors vectors = WordVectors.Load(Golden.Path("word2vec/gensim.bin"));
        vectors.Save(_folder.File("v"), WordVectorFormat.Binary);
        byte[] written = File.ReadAllBytes(_folder.File("v"));
        List<byte> expected = [.. "4 4\n"u8];
        foreach (string word in (string[])["the", "naïve", "北京", "new_york"])
            expected.AddRange([.. Encoding.UTF8.GetBytes(word), (byte)' ', .. vectors[word].SelectMany(BitConverter.GetBytes), (byte)'\n']);
        written.Should().Equal(expected);
    }

    [Theory]
    [InlineData(WordVectorFormat.Text)]
    [InlineData(WordVectorFormat.Binary)]
    [InlineData(WordVectorFormat.GloVe)]
    public void Lines_longer_than_any_buffer_and_white_space_that_does_not_part_words_are_read_back(WordVectorFormat format)
    {
        var random = new Random(1);
        WordVectors vectors = InMemory(4000, ["one", "two", "trois\u00A0mots", "四\u3000五"], _ => random.NextSingle() - 0.5f);
        vectors.Save(_folder.File("v"), format);
        WordVectors read = WordVectors.Load(_folder.File("v"));
        read.Words.Should().Equal(vectors.Words);
        read.Values.ToArray().Should().Equal(vectors.Values.ToArray());
    }

    [Theory]
    [InlineData("a b")]
    [InlineData("a\tb")]
    [InlineData("a\nb")]
    [InlineData("a\rb")]
    public void A_word_that_readers_would_part_is_not_written(string word) =>
        FluentActions.Invoking(() => InMemory(2, [word], _ => 1).Save(_folder.File("v"))).Should().Throw<InvalidOperationException>().WithMessage("*white space*");

    [Fact]
    public void Words_that_are_no_UTF_8_become_one_where_they_differ_in_those_bytes()
    {
        byte[] one = BitConverter.GetBytes(1f);
        byte[] text = [.. "a"u8, 0xFF, .. " 1 2\nb 3 4\na"u8, 0xFE, .. " 5 6\n"u8];
        byte[] binary = [.. "3 1\na"u8, 0xFF, (byte)' ', .. one, .. "b "u8, .. one, (byte)'a', 0xFE, (byte)' ', .. one];
        foreach ((byte[] content, WordVectorFormat format) in ((byte[], WordVectorFormat)[])[(text, WordVectorFormat.GloVe), (binary, WordVectorFormat.Binary)])
        {
            File.WriteAllBytes(_folder.File("bad"), content);
            var warnings = new List<string>();
            WordVectors.Load(_folder.File("bad"), format, warn: warnings.Add).Words.Should().Equal("a\uFFFD", "b");
            warnings.Should().ContainSingle().Which.Should().Contain("3");
        }
    }

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        File.WriteAllText(_folder.File("bom"), "2 2\na 1 2\nb 3 4\n", new UTF8Encoding(true));
        WordVectors.Load(_folder.File("bom")).Words.Should().Equal("a", "b");
    }

    [Fact]
    public void Gzipped_files_words_with_spaces_and_the_first_words_alone_are_read()
    {
        using (var stream = new GZipStream(File.Create(_folder.File("v.vec.gz")), CompressionLevel.Fastest)) stream.Write("at name 1 2\nb 3 4\nc 5 6\n"u8);
        WordVectors vectors = WordVectors.Load(_folder.File("v.vec.gz"), WordVectorFormat.GloVe, maxWords: 2);
        vectors.Count.Should().Be(2);
        WordVectors.Load(Write("b 3 4\nat name 1 2\n"))["at name"].Should().Equal(1, 2);
        WordVectors.Load(Write("at name 1 2\nb 3 4\n"))["at name"].Should().Equal(1, 2);
    }

    [Fact]
    public void Of_words_that_stand_twice_the_first_is_kept_and_the_caller_is_told()
    {
        var warnings = new List<string>();
        WordVectors vectors = WordVectors.Load(Write("3 2\na 1 2\nb 3 4\na 5 6\n"), warn: warnings.Add);
        vectors["a"].Should().Equal(1, 2);
        warnings.Should().ContainSingle().Which.Should().Contain("line 4").And.Contain("'a'");
    }

    [Theory]
    [InlineData("", "*empty*")]
    [InlineData("3 2\na 1 2\nb 3 4\n", "*ends after 2 of the 3 words*cut short*")]
    [InlineData("1 2\na 1 2\nb 3 4\n", "*line 3 follows the 1 words*")]
    [InlineData("2 2\na 1 2\nb 3\n", "*line 3 has 1 numbers; expected 2*")]
    [InlineData("2 3\na 1 2\nb 3 4\n", "*line 2 has 2 numbers; expected 3*")]
    [InlineData("a 1 2\nb nan 4\n", "*number 1 of line 2 is 'nan'*")]
    [InlineData("a 1 2\nb 3 inf\n", "*number 2 of line 2 is 'inf'*")]
    [InlineData("a 1.5 2.5\nb 3,5 4,5\n", "*line 2 is '4,5'*decimal points, not commas*")]
    [InlineData("a 1 2\nb 3 4x\n", "*'4x'*")]
    [InlineData("2 2\n 1 2\nb 3 4\n", "*line 2 has no word*")]
    [InlineData("a 1 2 3\nb 1 2\n", "*line 2 has 2 numbers; expected 3*")]
    [InlineData("a 1\nb 1 2\nc 3 4\n", "*line 1 has 1 numbers; expected 2*")]
    [InlineData("a 1 2\nb 3 4 5\nc 6 7\n", "*line 2 has more than 2 numbers*")]
    [InlineData("a 1 2\nroute 66 3 4\nc 6 7\n", "*line 2 has more than 2 numbers*")]
    public void A_broken_text_file_is_refused_by_line(string content, string message) =>
        FluentActions.Invoking(() => WordVectors.Load(Write(content))).Should().Throw<InvalidDataException>().WithMessage(message);

    [Fact]
    public void A_binary_file_cut_anywhere_is_refused()
    {
        byte[] whole = File.ReadAllBytes(Golden.Path("word2vec/gensim.bin"));
        for (int length = 4; length < whole.Length; length++)
        {
            File.WriteAllBytes(_folder.File("cut"), whole[..length]);
            FluentActions.Invoking(() => WordVectors.Load(_folder.File("cut"), WordVectorFormat.Binary)).Should().Throw<InvalidDataException>($"{length} of {whole.Length} bytes are there");
        }
    }

    [Fact]
    public void A_binary_file_with_wrong_dimensions_or_without_numbers_is_refused()
    {
        byte[] whole = File.ReadAllBytes(Golden.Path("word2vec/gensim.bin"));
        File.WriteAllBytes(_folder.File("wide"), [.. "4 9\n"u8, .. whole.AsSpan(4)]);
        FluentActions.Invoking(() => WordVectors.Load(_folder.File("wide"), WordVectorFormat.Binary)).Should().Throw<InvalidDataException>();
        File.WriteAllBytes(_folder.File("absurd"), [.. "1 2000000000\na "u8, 0, 0, 0, 0]);
        FluentActions.Invoking(() => WordVectors.Load(_folder.File("absurd"), WordVectorFormat.Binary)).Should().Throw<InvalidDataException>().WithMessage("*2000000000 dimensions*");
        byte[] nan = [.. "1 2\na "u8, .. BitConverter.GetBytes(1f), .. BitConverter.GetBytes(float.NaN)];
        File.WriteAllBytes(_folder.File("nan"), nan);
        FluentActions.Invoking(() => WordVectors.Load(_folder.File("nan"), WordVectorFormat.Binary)).Should().Throw<InvalidDataException>().WithMessage("*word 1, 'a'*NaN*");
    }

    [Fact]
    public void A_missing_file_is_named() =>
        FluentActions.Invoking(() => WordVectors.Load(_folder.File("none"))).Should().Throw<FileNotFoundException>().WithMessage("*none*");

    public void Dispose() => _folder.Dispose();

    private static WordVectors InMemory(int size, string[] words, Func<int, float> value)
    {
        var table = new WordTable();
        foreach (string word in words) table.FindOrAdd(word);
        return new WordVectors(new Vocabulary(table, []), [.. Enumerable.Range(0, words.Length * size).Select(value)], size);
    }

    private string Write(string content)
    {
        File.WriteAllText(_folder.File("v.txt"), content);
        return _folder.File("v.txt");
    }
}
