using Microsoft.ML;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

/// <summary>What a saved model's files and settings must hold, and which may be missing because older models lack them.</summary>
public sealed class SavedWordModelTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TestFolder _folder = new();

    [Theory]
    [InlineData(WordVectorPooling.TfIdf)]
    [InlineData(WordVectorPooling.SmoothInverseFrequency)]
    public void Word_vectors_that_are_weighed_need_their_weights(WordVectorPooling pooling)
    {
        Dictionary<string, string> settings = Save(_ml.Transforms.Text.Word2Vec("F", "Text", new() { MinCount = 1, VectorSize = 3, Seed = 1, Pooling = pooling }).Fit(TinyTexts.View(_ml)));
        WordVectorTransformer.LoadFrom(_folder.Path, settings).Options.Pooling.Should().Be(pooling);
        File.Delete(_folder.File("weights.npy"));
        FluentActions.Invoking(() => WordVectorTransformer.LoadFrom(_folder.Path, settings)).Should().Throw<InvalidDataException>().WithMessage($"*{pooling}*no weights.npy*");
    }

    [Fact]
    public void A_bag_of_words_keeps_its_limits_and_needs_its_weights()
    {
        Dictionary<string, string> settings = Save(_ml.Transforms.Text.BagOfWords("F", "Text", new() { MinTextCount = 2, MaxFeatures = 7 }).Fit(TinyTexts.View(_ml)));
        BagOfWordsOptions loaded = BagOfWordsTransformer.LoadFrom(_folder.Path, settings).Options;
        (loaded.MinTextCount, loaded.MaxFeatures).Should().Be((2, 7));
        settings.Remove("minTextCount");
        BagOfWordsTransformer.LoadFrom(_folder.Path, settings).Options.MinTextCount.Should().Be(1, "models once did not save it");
        File.Delete(_folder.File("weights.npy"));
        FluentActions.Invoking(() => BagOfWordsTransformer.LoadFrom(_folder.Path, settings)).Should().Throw<InvalidDataException>().WithMessage("*TfIdf*no weights*");
    }

    [Fact]
    public void A_classifier_saved_when_there_was_one_kind_is_an_encoder()
    {
        using TextClassificationTransformer model = _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, new FineTuneTextOptions { LabelColumnName = "Flag", MaxSteps = 1, MaxLength = 16, Seed = 1 }).Fit(TinyTexts.View(_ml));
        Dictionary<string, string> settings = Save(model);
        settings.Remove("model").Should().BeTrue();
        using TextClassificationTransformer loaded = TextClassificationTransformer.LoadFrom(_folder.Path, settings);
        loaded.Labels.Should().Equal(model.Labels);
    }

    [Fact]
    public void Words_of_any_characters_survive_in_their_file()
    {
        string[] words = ["\uFEFFmarked", "a\tb", "c\\d", "e\nf", "g\rh", "\\n", " ", "\u0085", "𝒜"];
        var table = new WordTable();
        foreach (string word in words) table.FindOrAdd(word);
        WordListFile.Write(_folder.File("words.txt"), table);
        WordTable read = WordListFile.Read(_folder.File("words.txt"));
        Enumerable.Range(0, read.Count).Select(id => read[id].ToString()).Should().Equal(words);
        File.AppendAllText(_folder.File("words.txt"), "c\\\\d\n");
        FluentActions.Invoking(() => WordListFile.Read(_folder.File("words.txt"))).Should().Throw<InvalidDataException>().WithMessage("*twice*");
    }

    [Fact]
    public void Phrases_are_pairs_of_any_words()
    {
        var phrases = new PhraseTable();
        phrases.Add("new_york_times", 8);
        phrases.Add("a\tb_c", 3);
        PhraseListFile.Write(_folder.File("phrases-1.txt"), phrases);
        PhraseTable read = PhraseListFile.Read(_folder.File("phrases-1.txt"));
        Enumerable.Range(0, read.Count).Select(i => read[i]).Should().Equal(("new_york", "times"), ("a\tb", "c"));
        foreach (string broken in (string[])["new_york\n", "\ttimes\n", "new\tyork\nnew\tyork\n"])
        {
            File.WriteAllText(_folder.File("phrases-1.txt"), broken);
            FluentActions.Invoking(() => PhraseListFile.Read(_folder.File("phrases-1.txt"))).Should().Throw<InvalidDataException>().WithMessage("*altered*");
        }
    }

    public void Dispose() => _folder.Dispose();

    private Dictionary<string, string> Save(IPersistentTransformer model)
    {
        var settings = new Dictionary<string, string>();
        model.SaveTo(_folder.Path, settings);
        return settings;
    }
}
