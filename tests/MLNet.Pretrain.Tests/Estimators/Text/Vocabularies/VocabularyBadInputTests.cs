using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.Vocabularies;

/// <summary>What is told where a vocabulary cannot be made.</summary>
public sealed class VocabularyBadInputTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void No_text_at_all_is_told()
    {
        FluentActions.Invoking(() => new WordPieceTrainer().Train([])).Should().Throw<InvalidOperationException>().WithMessage("WordPieceTrainer: the input has no texts*");
        FluentActions.Invoking(() => new BpeTrainer().Train(_ml.Data.LoadFromEnumerable(Array.Empty<TinyTexts.Row>()), "Text")).Should().Throw<InvalidOperationException>().WithMessage("BpeTrainer: column 'Text' has no texts*");
    }

    [Fact]
    public void Only_empty_and_missing_texts_are_told()
    {
        string?[] nothing = ["", null, ""];
        FluentActions.Invoking(() => new WordPieceTrainer().Train(nothing.Append(" \t\n"))).Should().Throw<InvalidOperationException>().WithMessage("WordPieceTrainer: the 4 texts of the input hold no word*");
        FluentActions.Invoking(() => new BpeTrainer().Train(nothing)).Should().Throw<InvalidOperationException>().WithMessage("BpeTrainer: the 3 texts of the input hold no word*");
    }

    [Fact]
    public void A_missing_column_and_one_that_is_no_text_are_told()
    {
        IDataView data = TinyTexts.View(_ml);
        FluentActions.Invoking(() => new WordPieceTrainer().Train(data, "Body")).Should().Throw<ArgumentException>().WithMessage("WordPieceTrainer reads column 'Body', which is not in the data. Columns found: 'Text'*");
        FluentActions.Invoking(() => new BpeTrainer().Train(data, "Flag")).Should().Throw<ArgumentException>().WithMessage("Column 'Flag' is Boolean; BpeTrainer reads Text*");
    }

    [Fact]
    public void A_vocabulary_too_small_for_the_characters_names_the_smallest_that_works()
    {
        string[] texts = ["abc", "bca", "d"];   // a b c d, ##a ##b ##c
        FluentActions.Invoking(() => Train(11)).Should().Throw<InvalidOperationException>().WithMessage("*VocabularySize is 11*5 special tokens and the 4 characters*Raise VocabularySize to 12 or more, or lower MaxAlphabetSize*");
        Train(12).Entries.Should().HaveCount(12);

        WordPieceVocabulary Train(int size) => new WordPieceTrainer(new() { VocabularySize = size }).Train(texts);
    }

    [Fact]
    public void Characters_beyond_the_limit_of_the_alphabet_are_unknown()
    {
        WordPieceVocabulary vocabulary = new WordPieceTrainer(new() { MaxAlphabetSize = 2 }).Train(["ab ab ab", "abz"]);
        vocabulary.Entries.Skip(5).Should().Equal("a", "b", "##b", "ab");
        vocabulary.Tokenizer.EncodeToIds("abz ab").Should().Equal(1, 8);
    }

    [Fact]
    public void A_byte_level_vocabulary_needs_room_for_all_bytes()
    {
        FluentActions.Invoking(() => new BpeTrainer(new() { VocabularySize = 256 })).Should().Throw<ArgumentException>().WithMessage("*VocabularySize is 256; expected 257 or more*");
        new BpeTrainer(new() { VocabularySize = 257 }).Train(["aaa"]).Merges.Should().BeEmpty();
    }

    [Fact]
    public void A_special_token_twice_is_refused()
    {
        FluentActions.Invoking(() => new BpeTrainer(new() { SpecialTokens = ["<s>", "<s>"] })).Should().Throw<ArgumentException>().WithMessage("*'<s>' is there twice*");
        FluentActions.Invoking(() => new WordPieceTrainer(new() { Tokenization = new() { PaddingToken = "[UNK]" } })).Should().Throw<ArgumentException>().WithMessage("*'[UNK]' is there twice*");
        FluentActions.Invoking(() => new WordPieceTrainer(new() { AdditionalTokens = ["a\nb"] })).Should().Throw<ArgumentException>().WithMessage("*line break*");
        FluentActions.Invoking(() => new BpeTrainer(new() { SpecialTokens = [""] })).Should().Throw<ArgumentException>().WithMessage("*is empty*");
    }

    [Theory]
    [InlineData("the")]
    [InlineData("!")]
    [InlineData("\u0120<|")]   // a space and two signs, spelled
    public void A_byte_level_special_token_that_a_text_could_give_is_refused(string token) =>
        FluentActions.Invoking(() => new BpeTrainer(new() { SpecialTokens = [token] })).Should().Throw<ArgumentException>().WithMessage($"*'{token}' is a word that texts may have*");

    [Theory]
    [InlineData(0, 2_000_000, null, "MinPairCount is 0")]
    [InlineData(2, 999, null, "MaxCountedWords is 999")]
    [InlineData(2, 2_000_000, 0, "Workers is 0")]
    public void An_option_out_of_range_is_told(int minPairCount, int maxCountedWords, int? workers, string message)
    {
        FluentActions.Invoking(() => new BpeTrainer(new() { MinPairCount = minPairCount, MaxCountedWords = maxCountedWords, Workers = workers })).Should().Throw<ArgumentException>().WithMessage($"BpeTrainer: {message}; expected*");
        FluentActions.Invoking(() => new WordPieceTrainer(new() { MinPairCount = minPairCount, MaxCountedWords = maxCountedWords, Workers = workers })).Should().Throw<ArgumentException>().WithMessage($"WordPieceTrainer: {message}; expected*");
    }

    [Fact]
    public void A_folder_that_cannot_be_made_or_written_is_told()
    {
        WordPieceVocabulary wordPiece = new WordPieceTrainer().Train(["a text"]);
        BpeVocabulary bpe = new BpeTrainer().Train(["a text"]);
        File.WriteAllText(_folder.File("file"), "");
        FluentActions.Invoking(() => wordPiece.Save(_folder.File("file/model"))).Should().Throw<IOException>().WithMessage("Folder '*' could not be made*Name a folder that can be written*");
        FluentActions.Invoking(() => bpe.Save(_folder.File("file/model"))).Should().Throw<IOException>().WithMessage("Folder '*' could not be made*");
        Directory.CreateDirectory(_folder.File("taken/vocab.txt"));   // a folder where the file should go
        FluentActions.Invoking(() => wordPiece.Save(_folder.File("taken"))).Should().Throw<IOException>().WithMessage("*vocab.txt' could not be written*");
        Directory.GetFiles(_folder.File("taken")).Should().BeEmpty("nothing half-written is left");
    }

    [Fact]
    public void A_failure_of_the_texts_arrives_as_it_is()
    {
        static IEnumerable<string> Failing()
        {
            for (int i = 0; i < 50_000; i++) yield return "some text to count";
            throw new InvalidDataException("the file ends early");
        }
        FluentActions.Invoking(() => new BpeTrainer().Train(Failing())).Should().Throw<InvalidDataException>().WithMessage("the file ends early");
    }

    public void Dispose() => _folder.Dispose();
}
