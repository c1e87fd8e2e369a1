using FsCheck;
using FsCheck.Fluent;
using Microsoft.ML;
using Microsoft.ML.Tokenizers;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Estimators.Text.Vocabularies;

/// <summary>Vocabularies in use: files, other libraries, any text.</summary>
public sealed class VocabularyTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Byte_level_files_load_elsewhere_and_give_back_any_text()
    {
        new BpeTrainer(new() { VocabularySize = 2000 }).Train(Texts()).Save(_folder.Path);
        Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Should().BeEquivalentTo("vocab.json", "merges.txt", "tokenizer_config.json");
        BpeTokenizer tokenizer = BpeTokenizer.Create(new BpeOptions(_folder.File("vocab.json"), _folder.File("merges.txt")) { ByteLevel = true, PreTokenizer = new Gpt2PreTokenizer() });
        foreach (string text in Texts()) tokenizer.Decode(tokenizer.EncodeToIds(text)).Should().Be(text);
        Prop.ForAll(ArbMap.Default.ArbFor<string?>(), input =>
        {
            string text = WithoutHalfPairs(input ?? "");
            IReadOnlyList<int> ids = tokenizer.EncodeToIds(text);
            tokenizer.Decode(ids).Should().Be(text);
            ids.Should().NotContain(0, "it is the special token");
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(1000));
    }

    [Fact]
    public void A_vocabulary_with_RoBERTas_special_tokens_opens_as_an_encoders_tokenizer()
    {
        BpeVocabulary vocabulary = new BpeTrainer(new() { VocabularySize = 1000, SpecialTokens = BpeTrainerOptions.RobertaSpecialTokens }).Train(Texts());
        vocabulary.Save(_folder.Path);
        var tokenizer = SequenceTokenizer.Load(_folder.Path);
        tokenizer.VocabSize.Should().Be(1000);
        (tokenizer.ClsTokenId, tokenizer.PadTokenId, tokenizer.SepTokenId, tokenizer.UnkTokenId, tokenizer.MaskTokenId).Should().Be((0, 1, 2, 3, 4));
        foreach (string text in Texts())
        {
            EncodedText encoded = Encode(tokenizer, text);
            encoded.Ids[1..^1].ToArray().Should().Equal(vocabulary.Tokenizer.EncodeToIds(text));
            tokenizer.Tokenizer.Decode(encoded.Ids[1..^1].ToArray()).Should().Be(text);
        }
    }

    [Fact]
    public void WordPiece_files_load_elsewhere_and_no_word_of_the_training_texts_is_unknown()
    {
        WordPieceVocabulary vocabulary = new WordPieceTrainer(new() { VocabularySize = 3000 }).Train(Texts());
        vocabulary.Save(_folder.Path);
        Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Should().BeEquivalentTo("vocab.txt", "tokenizer_config.json");
        File.ReadAllLines(_folder.File("vocab.txt")).Should().Equal(vocabulary.Entries).And.OnlyHaveUniqueItems();
        var tokenizer = SequenceTokenizer.Load(_folder.Path);
        BertTokenizer peer = BertTokenizer.Create(_folder.File("vocab.txt"));
        const string English = "It's a test of the tokenizer, written in plain ASCII!";
        Encode(tokenizer, English).Ids.ToArray().Should().Equal(peer.EncodeToIds(English));
        foreach (string text in Texts())
        {
            EncodedText encoded = Encode(tokenizer, text);
            bool tooLong = text.Split(' ').Any(word => word.Length > 100);   // BERT gives up on such words
            if (!tooLong) encoded.Ids.ToArray().Should().NotContain(tokenizer.UnkTokenId, text);
            encoded.Ids.ToArray().Should().Equal(Encode(SequenceTokenizer.WordPiece(vocabulary.Tokenizer), text).Ids.ToArray());
        }
    }

    [Fact]
    public void The_rules_of_the_text_are_saved_with_the_vocabulary()
    {
        var rules = new BertWordPieceOptions { LowerCase = false, StripAccents = false, SplitChinese = false };
        WordPieceVocabulary vocabulary = new WordPieceTrainer(new() { VocabularySize = 100, Tokenization = rules, AdditionalTokens = ["[unused0]"] }).Train(Enumerable.Repeat("\u00c9t\u00e9 \u4e2d\u6587", 5));
        vocabulary.Entries.Should().StartWith(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "[unused0]"]).And.Contain("\u00c9t\u00e9", "\u4e2d\u6587");
        vocabulary.Save(_folder.Path);
        var tokenizer = (BertWordPieceTokenizer)SequenceTokenizer.Load(_folder.Path).Tokenizer;
        tokenizer.Options.Should().Be(rules);
        tokenizer.EncodeToIds("\u00c9t\u00e9 \u4e2d\u6587").Should().HaveCount(2);
    }

    [Fact]
    public void Neither_threads_nor_blocks_change_a_vocabulary()
    {
        string[][] wordPieces = [.. Ways().Select(way => new WordPieceTrainer(new() { VocabularySize = 2000, Workers = way.Workers }).Train(Memory(), "the input", way.Block).Entries.ToArray())];
        BpeVocabulary[] bpe = [.. Ways().Select(way => new BpeTrainer(new() { VocabularySize = 2000, Workers = way.Workers }).Train(Memory(), "the input", way.Block))];
        foreach (string[] entries in wordPieces) entries.Should().Equal(wordPieces[0]);
        foreach (BpeVocabulary vocabulary in bpe) vocabulary.Merges.Should().Equal(bpe[0].Merges);
    }

    [Fact]
    public void A_text_that_is_one_long_line_gives_the_same_vocabulary_whole_and_in_blocks()
    {
        string line = string.Join(" ", Texts().Select(text => text.ReplaceLineEndings(" ")));
        string spaceless = new('x', 5000);
        BpeVocabulary[] bpe = [.. Ways().Select(way => new BpeTrainer(new() { VocabularySize = 1500, Workers = way.Workers }).Train([line.AsMemory(), spaceless.AsMemory()], "the input", way.Block))];
        foreach (BpeVocabulary vocabulary in bpe) vocabulary.Merges.Should().Equal(bpe[0].Merges);
    }

    [Fact]
    public void Where_rare_words_are_forgotten_threads_change_nothing_either()
    {
        string[] texts = [.. Enumerable.Range(0, 4000).Select(i => $"frequent word{i % 50} rare{i * 7919 % 100_003}")];
        string[][] all = [.. ((int[])[1, 2, 5]).Select(workers =>
            new WordPieceTrainer(new() { VocabularySize = 400, MaxCountedWords = 1000, Workers = workers }).Train(texts.Select(t => t.AsMemory()), "the input", 4096).Entries.ToArray())];
        all[0].Should().Contain("frequent").And.Contain("word49");
        all[1].Should().Equal(all[0]);
        all[2].Should().Equal(all[0]);
    }

    [Fact]
    public void A_column_gives_what_its_texts_give()
    {
        IDataView data = _ml.Data.LoadFromEnumerable(Texts().Select(text => new TinyTexts.Row { Text = text }));
        var trainer = new BpeTrainer(new() { VocabularySize = 800 });
        trainer.Train(data, "Text").Merges.Should().Equal(trainer.Train(Texts()).Merges);
        var wordPiece = new WordPieceTrainer(new() { VocabularySize = 1500 });
        wordPiece.Train(data, "Text").Entries.Should().Equal(wordPiece.Train(Texts()).Entries);
    }

    [Fact]
    public void Cancelling_ends_training()
    {
        using var cancellation = new CancellationTokenSource();
        IEnumerable<string> Endless()
        {
            for (int i = 0; ; i++)
            {
                if (i == 20_000) cancellation.Cancel();
                yield return $"text number {i} and no end of them";
            }
        }
        FluentActions.Invoking(() => new BpeTrainer(new() { CancellationToken = cancellation.Token }).Train(Endless())).Should().Throw<OperationCanceledException>();
    }

    public void Dispose() => _folder.Dispose();

    private static IEnumerable<(int Workers, int Block)> Ways() => [(1, CorpusBlock.Capacity), (1, 500), (2, 3000), (4, 17), (3, 100_000)];

    private static IEnumerable<ReadOnlyMemory<char>> Memory() => Texts().Select(text => text.AsMemory());

    // Lines of code and prose, and all the odd texts of the tokenization cases.
    private static IEnumerable<string> Texts() => File.ReadAllText(Golden.Path("vocabulary/text.txt")).Split('\n').Where((_, i) => i % 3 == 0);

    private static EncodedText Encode(SequenceTokenizer tokenizer, string text)
    {
        var encoded = new EncodedText();
        tokenizer.Encode(text, 100_000, TruncationStrategy.LongestFirst, encoded);
        return encoded;
    }

    private static string WithoutHalfPairs(string text) => string.Concat(text.EnumerateRunes());
}
