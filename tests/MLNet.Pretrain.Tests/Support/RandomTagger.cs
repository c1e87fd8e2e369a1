using Microsoft.ML;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>A sequence labeller with random weights, whose tags are as good as drawn.</summary>
internal static class RandomTagger
{
    public static TokenClassificationTransformer Of(VocabularySource vocabulary, bool crf = false, int maxLength = 24, TagScheme scheme = TagScheme.Bio, bool constrain = true)
    {
        var ml = new MLContext(1);
        var scratch = new ScratchEncoder { LayerCount = 1, HiddenSize = 8, HeadCount = 1, MaxPositions = 32, Vocabulary = vocabulary };
        using TextModel<TextEncoder> opened = ((TextEncoderSource)scratch).Open(TinyTexts.View(ml), "Text", null, 1, () => { });
        TextModel<TextEncoder> own = opened.CopyEncoder(opened.Config.Encoder with { HasPooler = false, InitializerRange = 1 });
        IReadOnlyList<string> tags = TagVocabulary.OfTypes(["A", "B"], scheme).Tags;
        var network = new TokenClassifier(own.Network, tags.Count, 0, crf, 3);
        return new(new(network, own.Tokenizer, own.Config with { Labels = tags }), new() { InputColumnName = "Text", Scheme = scheme, TrainedAs = scheme, MaxLength = maxLength, ConstrainTransitions = constrain });
    }
}
