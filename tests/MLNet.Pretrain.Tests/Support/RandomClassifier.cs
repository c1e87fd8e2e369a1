using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Text classifiers with random weights: what they say is as good as drawn, and is the same each time.</summary>
internal static class RandomClassifier
{
    /// <summary>An encoder. A byte-level vocabulary makes a RoBERTa, WordPiece a BERT.</summary>
    public static TextClassificationTransformer Encoder(VocabularySource vocabulary, TextScoringOptions? options = null, IReadOnlyList<string>? classes = null)
    {
        var ml = new MLContext(1);
        var scratch = new ScratchEncoder { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 64, Vocabulary = vocabulary };
        using TextModel<TextEncoder> opened = ((TextEncoderSource)scratch).Open(TinyTexts.View(ml), "Text", null, 1, () => { });
        TextModel<TextEncoder> own = opened.CopyEncoder(opened.Config.Encoder with { HasPooler = false, InitializerRange = 0.3 });
        var network = new SequenceClassifier(own.Network, classes?.Count ?? 3, 0, 3);
        return new(new EncoderPredictor(new(network, own.Tokenizer, own.Config with { Labels = classes ?? ["a", "b", "c"] }), EncoderPredictor.FineTuneText), options ?? new() { InputColumnName = "Text" }, Columns(classes));
    }

    /// <summary>A convolutional network that knows the words of a text.</summary>
    public static TextClassificationTransformer Cnn(string known, WordSplitting? splitting = null, TextScoringOptions? options = null)
    {
        var splitter = new WordSplitter(splitting ?? new());
        var words = new WordTable();
        var list = new WordList();
        splitter.Split(known, list);
        for (int i = 0; i < list.Count; i++) words.FindOrAdd(list[i]);
        var encoder = new WordSequenceEncoder(splitter, words, 2);
        var network = new TextCnn(new() { VocabularySize = encoder.VocabSize, EmbeddingSize = 8, FilterWidths = [1, 2], FeatureMaps = 8, ClassCount = 3 }, 3);
        return new(new TextCnnPredictor(network, encoder, ["a", "b", "c"]), options ?? new() { InputColumnName = "Text" }, Columns(null));
    }

    /// <summary>Every character of the texts, and their frequent pieces.</summary>
    public static WordPieceVocabulary WordPiece(IEnumerable<string> texts) => new WordPieceTrainer(new() { VocabularySize = 300 }).Train([.. texts.SelectMany(t => new[] { t, t })]);

    /// <summary>Bytes, and the frequent strings of them.</summary>
    public static BpeVocabulary ByteLevel(IEnumerable<string> texts) =>
        new BpeTrainer(new() { VocabularySize = 290, SpecialTokens = BpeTrainerOptions.RobertaSpecialTokens }).Train([.. texts.SelectMany(t => new[] { t, t })]);

    private static MulticlassColumns Columns(IReadOnlyList<string>? classes) => new(LabelValues.FromNames(classes ?? ["a", "b", "c"], "String"));
}
