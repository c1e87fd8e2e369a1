using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Estimators.Text.Vocabularies;

/// <summary>Networks from scratch over vocabularies that were trained before.</summary>
public sealed class ScratchVocabularyTests : IDisposable
{
    // 1,500 different ideographs, each twice: more than the alphabet has by default.
    private static readonly string[] s_chinese = [.. Enumerable.Range(0, 60).Select(i => string.Concat(Enumerable.Range(0, 50).Select(j => (char)(0x4E00 + (i * 50 + j) % 1500))))];
    private static readonly string[] s_english = [.. TinyTexts.Rows().Select(row => row.Text)];

    private static readonly ScratchEncoder s_small = new() { LayerCount = 1, HiddenSize = 16, HeadCount = 2, MaxPositions = 32 };

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_vocabulary_trained_on_Chinese_is_pretrained_with_and_kept(bool throughDirectory)
    {
        WordPieceVocabulary vocabulary = new WordPieceTrainer(new() { VocabularySize = 4000, MaxAlphabetSize = 3000 }).Train(s_chinese);
        VocabularySource source = vocabulary;
        if (throughDirectory)
        {
            vocabulary.Save(_folder.File("vocabulary"));
            source = _folder.File("vocabulary");
        }
        using TextEncoderTransformer model = Pretrain(s_small with { Vocabulary = source }, s_chinese);
        model.SaveCheckpoint(_folder.File("model"));
        SequenceTokenizer loaded = SequenceTokenizer.Load(_folder.File("model"));
        JsonNode.Parse(File.ReadAllText(_folder.File("model/config.json")))!["vocab_size"]!.GetValue<int>().Should().Be(vocabulary.Entries.Count);
        foreach (string text in s_chinese)
        {
            IReadOnlyList<int> ids = model.Model.Tokenizer.Tokenizer.EncodeToIds(text);
            ids.Should().HaveCount(50).And.NotContain(model.Model.Tokenizer.UnkTokenId).And.Equal(vocabulary.Tokenizer.EncodeToIds(text));
            loaded.Tokenizer.EncodeToIds(text).Should().Equal(ids);
        }
        SameVectors(model, _folder.File("model"), s_chinese[..3]);
    }

    [Fact]
    public void The_alphabet_of_a_vocabulary_made_from_the_texts_can_be_larger()
    {
        Unknown(null).Should().Be(500 * 2, "each of those left out occurs twice");
        Unknown(1500).Should().Be(0);

        int Unknown(int? alphabet)
        {
            using TextEncoderTransformer model = _ml.Transforms.Text.EncodeText("Vector", "Text", s_small with { VocabularySize = 4000, MaxAlphabetSize = alphabet }).Fit(View(s_chinese));
            return s_chinese.Sum(text => model.Model.Tokenizer.Tokenizer.EncodeToIds(text).Count(id => id == model.Model.Tokenizer.UnkTokenId));
        }
    }

    [Fact]
    public void A_byte_level_vocabulary_makes_a_RoBERTa()
    {
        BpeVocabulary vocabulary = Roberta();
        using TextEncoderTransformer model = Pretrain(s_small with { Vocabulary = vocabulary }, s_english);
        model.FillMask("a fine <mask> film", 3)[0].Should().HaveCount(3).And.OnlyContain(word => word.Probability > 0);

        string directory = _folder.File("model");
        model.SaveCheckpoint(directory);
        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(directory, "config.json")))!;
        config["architectures"]![0]!.GetValue<string>().Should().Be("RobertaForMaskedLM");
        config["model_type"]!.GetValue<string>().Should().Be("roberta");
        config["pad_token_id"]!.GetValue<int>().Should().Be(1).And.Be(vocabulary.Entries.ToList().IndexOf("<pad>"));
        config["max_position_embeddings"]!.GetValue<int>().Should().Be(32 + 2, "positions count from the padding's id + 1");
        config["type_vocab_size"]!.GetValue<int>().Should().Be(1);
        config["vocab_size"]!.GetValue<int>().Should().Be(vocabulary.Entries.Count);
        SequenceTokenizer tokenizer = SequenceTokenizer.Load(directory);
        (tokenizer.ClsTokenId, tokenizer.PadTokenId, tokenizer.SepTokenId, tokenizer.UnkTokenId, tokenizer.MaskTokenId).Should().Be((0, 1, 2, 3, 4));
        tokenizer.Tokenizer.EncodeToIds("a fine warm film \u00e9").Should().Equal(vocabulary.Tokenizer.EncodeToIds("a fine warm film \u00e9"));

        string longest = string.Concat(Enumerable.Repeat("\u4e2d", 40));   // as many tokens as there are positions, cut
        SameVectors(model, directory, ["a fine warm film", longest, "dull"]);
        Vectors(model, ["dull", longest])[0].Should().BeEquivalentTo(Vectors(model, ["dull"])[0], Close, "padding is not read");
    }

    [Fact]
    public void The_padding_may_have_any_place_in_a_vocabulary()
    {
        string[] tokens = ["<s>", "</s>", "<unk>", "<mask>", "<pad>"];
        using TextEncoderTransformer model = Pretrain(s_small with { Vocabulary = new BpeTrainer(new() { VocabularySize = 300, SpecialTokens = tokens }).Train(s_english) }, s_english);
        model.SaveCheckpoint(_folder.File("roberta"));
        JsonNode.Parse(File.ReadAllText(_folder.File("roberta/config.json")))!["max_position_embeddings"]!.GetValue<int>().Should().Be(32 + 5);
        SameVectors(model, _folder.File("roberta"), s_english[..8]);

        Directory.CreateDirectory(_folder.File("bert"));
        File.WriteAllLines(_folder.File("bert/vocab.txt"), ["[UNK]", "[CLS]", "[SEP]", "[PAD]", "[MASK]", "a", "film"]);
        using TextEncoderTransformer bert = Pretrain(s_small with { Vocabulary = _folder.File("bert") }, s_english);
        bert.SaveCheckpoint(_folder.File("saved"));
        JsonNode.Parse(File.ReadAllText(_folder.File("saved/config.json")))!["pad_token_id"]!.GetValue<int>().Should().Be(3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_GPT_tokenizes_with_the_vocabulary_it_is_given(bool throughDirectory)
    {
        BpeVocabulary vocabulary = new BpeTrainer(new() { VocabularySize = 290 }).Train(s_english);
        VocabularySource source = vocabulary;
        if (throughDirectory)
        {
            vocabulary.Save(_folder.File("vocabulary"));
            source = _folder.File("vocabulary");
        }
        var model = new ScratchGpt { LayerCount = 1, HiddenSize = 16, HeadCount = 2, MaxPositions = 32, Vocabulary = source };
        // Trained on other texts, which would give other entries.
        using GptTransformer gpt = _ml.Transforms.Text.PretrainGpt("Vector", "Text", new PretrainGptOptions { Model = model, MaxSteps = 3, Seed = 1, Threads = 1 }).Fit(View(["quite other words", "than those"]));
        gpt.SaveCheckpoint(_folder.File("gpt"));
        foreach (GptTokenizer tokenizer in (GptTokenizer[])[gpt.Tokenizer, GptTokenizer.Load(_folder.File("gpt"))])
        {
            (tokenizer.VocabSize, tokenizer.EndOfTextId).Should().Be((vocabulary.Entries.Count, 0));
            foreach (string text in s_english.Append("quite other \u00e9\u4e2d")) tokenizer.Encode(text).Should().Equal(vocabulary.Tokenizer.EncodeToIds(text));
        }
    }

    [Fact]
    public void A_vocabulary_beside_options_that_make_one_is_refused()
    {
        VocabularySource vocabulary = new WordPieceTrainer().Train(s_english);
        Refused(s_small with { Vocabulary = vocabulary, VocabularySize = 4096 }).WithMessage("VocabularySize is 4096 and Vocabulary is set (WordPiece vocabulary of*Remove VocabularySize*");
        Refused(s_small with { Vocabulary = vocabulary, MaxAlphabetSize = 10 }).WithMessage("MaxAlphabetSize is 10 and Vocabulary is set*");
        Refused(s_small with { Vocabulary = vocabulary, LowerCase = false }).WithMessage("LowerCase is False and Vocabulary is set*");
        Refused(s_small with { MaxAlphabetSize = 0 }).WithMessage("MaxAlphabetSize is 0; expected 1 or more*");
        RefusedGpt(new() { Vocabulary = new BpeTrainer().Train(s_english), VocabularySize = 300 }).WithMessage("VocabularySize is 300 and Vocabulary is set (byte-level BPE*");
    }

    [Fact]
    public void A_vocabulary_of_the_wrong_kind_is_refused()
    {
        RefusedGpt(new() { Vocabulary = new WordPieceTrainer().Train(s_english) }).WithMessage("Vocabulary is a WordPiece vocabulary of*a GPT expects a byte-level BPE vocabulary*BpeTrainer*");
        RefusedGpt(new() { Vocabulary = Roberta() }).WithMessage("*special tokens are <s> <pad>*a GPT expects <|endoftext|>*SpecialTokens = *");
        Refused(s_small with { Vocabulary = new BpeTrainer().Train(s_english) }).WithMessage("*special tokens are <|endoftext|>; an encoder expects <s> <pad> </s> <unk> <mask>*RobertaSpecialTokens*");
        FluentActions.Invoking(() => Encode(s_small with { Vocabulary = Roberta(), Pooler = true })).Should().Throw<ArgumentException>().WithMessage("Pooler is true*byte-level*Remove Pooler*");
        FluentActions.Invoking(() => VocabularySource.FromDirectory("")).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void A_directory_that_holds_no_fitting_tokenizer_is_refused()
    {
        string missing = _folder.File("missing"), empty = Directory.CreateDirectory(_folder.File("empty")).FullName, gpt = _folder.File("gpt"), bert = _folder.File("bert");
        new BpeTrainer().Train(s_english).Save(gpt);
        new WordPieceTrainer().Train(s_english).Save(bert);
        FluentActions.Invoking(() => Encode(s_small with { Vocabulary = missing })).Should().Throw<DirectoryNotFoundException>().WithMessage("Vocabulary directory '*missing' was not found; expected a directory with vocab.txt*Check the path*");
        FluentActions.Invoking(() => Encode(s_small with { Vocabulary = empty })).Should().Throw<FileNotFoundException>().WithMessage("*Found: nothing. Expected vocab.txt*");
        FluentActions.Invoking(() => Encode(s_small with { Vocabulary = gpt })).Should().Throw<InvalidDataException>().WithMessage("*gpt': vocab.json has no '<pad>'*RobertaSpecialTokens*");
        FluentActions.Invoking(() => Generate(missing)).Should().Throw<DirectoryNotFoundException>().WithMessage("Vocabulary directory '*missing' was not found*");
        FluentActions.Invoking(() => Generate(bert)).Should().Throw<FileNotFoundException>().WithMessage("*holds a WordPiece vocabulary. Found: tokenizer_config.json, vocab.txt. A GPT expects vocab.json and merges.txt*");
        FluentActions.Invoking(() => Generate(empty)).Should().Throw<FileNotFoundException>().WithMessage("*has no tokenizer*Found: nothing*");
        Roberta().Save(_folder.File("roberta"));
        FluentActions.Invoking(() => Generate(_folder.File("roberta"))).Should().Throw<InvalidDataException>().WithMessage("*has no '<|endoftext|>'*BpeTrainerOptions.SpecialTokens*");
    }

    public void Dispose() => _folder.Dispose();

    private static BpeVocabulary Roberta() => new BpeTrainer(new() { VocabularySize = 300, SpecialTokens = BpeTrainerOptions.RobertaSpecialTokens }).Train(s_english);

    private static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(ScratchEncoder scratch) => FluentActions.Invoking(() => TextEncoderSource.FromScratch(scratch)).Should().Throw<ArgumentException>();

    private static FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> RefusedGpt(ScratchGpt scratch) => FluentActions.Invoking(() => GptSource.FromScratch(scratch)).Should().Throw<ArgumentException>();

    private void Encode(ScratchEncoder scratch) => _ml.Transforms.Text.EncodeText("Vector", "Text", scratch).Fit(View(["a"])).Dispose();

    private void Generate(string vocabulary) => _ml.Transforms.Text.PretrainGpt("Vector", "Text", new PretrainGptOptions { Model = new ScratchGpt { Vocabulary = vocabulary } }).Fit(View(["a"])).Dispose();

    private TextEncoderTransformer Pretrain(ScratchEncoder scratch, string[] texts) => _ml.Transforms.Text.PretrainBert("Vector", "Text", new PretrainBertOptions
    {
        Encoder = scratch,
        Packing = SequencePacking.FullSequences,
        MaxLength = 32,
        MaxSteps = 3,
        Seed = 3,
        Threads = 1,
    }).Fit(View(texts));

    private void SameVectors(TextEncoderTransformer model, string directory, string[] texts)
    {
        using TextEncoderTransformer loaded = _ml.Transforms.Text.EncodeText("Vector", "Text", directory).Fit(View(texts));
        Vectors(loaded, texts).Should().BeEquivalentTo(Vectors(model, texts), options => Close(options).WithStrictOrdering());
    }

    private float[][] Vectors(TextEncoderTransformer model, string[] texts) => [.. model.Transform(View(texts)).GetColumn<float[]>("Vector")];

    private static FluentAssertions.Equivalency.EquivalencyAssertionOptions<T> Close<T>(FluentAssertions.Equivalency.EquivalencyAssertionOptions<T> options) =>
        options.Using<float>(c => c.Subject.Should().BeApproximately(c.Expectation, 1e-5f)).WhenTypeIs<float>();

    private IDataView View(string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));
}
