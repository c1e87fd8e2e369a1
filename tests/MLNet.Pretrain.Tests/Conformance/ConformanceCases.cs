using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Calibrators;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Search;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>Every estimator that exists.</summary>
internal static partial class ConformanceCases
{
    private static readonly Lazy<ITransformer> s_teacher = new(() =>
    {
        var ml = new MLContext(1);
        return ml.Transforms.Text.FeaturizeText("Features", "Text").Append(ml.BinaryClassification.Trainers.SdcaLogisticRegression("Flag")).Fit(TinyTexts.View(ml));
    });

    private static readonly Lazy<TextEncoderTransformer> s_vectors = new(() =>
    {
        var ml = new MLContext(1);
        return ml.Transforms.Text.EncodeText("Wanted", "Text", TinyTexts.Encoder with { HiddenSize = 24 }).Fit(TinyTexts.View(ml));
    });

    public static ConformanceCase[] All { get; } =
    [
        new()
        {
            Name = "EncodeText",
            Create = ml => ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder, normalize: true),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            Windows = t => ((TextEncoderTransformer)t).Runner.Runs,
        },
        new()
        {
            Name = "EncodeText of pairs with token vectors",
            Create = ml => ml.Transforms.Text.EncodeText(TinyTexts.Encoder, new TextEncodingOptions
            {
                InputColumnName = "Text", PairColumnName = "Other", OutputColumnName = "Vector", TokensColumnName = "Tokens", Pooling = Pooling.Max, AveragedLayers = 2,
            }),
            Outputs = ["Vector", "Tokens"],
            Inputs = ["Text", "Other"],
            Windows = t => ((TextEncoderTransformer)t).Runner.Runs,
        },
        FineTune("FineTuneText, multiclass", ["PredictedLabel", "Score"], "Label", (ml, options) => ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, options)),
        FineTune("FineTuneText, multiclass of text labels", ["PredictedLabel", "Score"], "Category", (ml, options) => ml.MulticlassClassification.Trainers.FineTuneText(TinyTexts.Encoder, options)),
        FineTune("FineTuneText, binary", ["PredictedLabel", "Score", "Probability"], "Flag", (ml, options) => ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options)),
        FineTune("DistillText, an encoder taught by a stock pipeline", ["PredictedLabel", "Score", "Probability"], "Flag", (ml, options) => ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Of(s_teacher.Value), TinyTexts.Encoder, options)),
        FineTune("Distill, any trainer with example weights", ["PredictedLabel", "Score", "Probability"], "Flag", (ml, options) =>
        {
            options.ExampleWeightColumnName = "Weight";
            return ml.BinaryClassification.Distill(DistillationTeacher.Of(s_teacher.Value), ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options), "Flag");
        }),
        Regression("FineTuneText, regression of pairs with adapters", o => (o.PairColumnName, o.Lora) = ("Other", new())),
        Regression("FineTuneText, regression", o => o.ReinitializedLayers = 1),
        MultiLabel("FineTuneMultiLabel, tuned thresholds", o => o.ValidationFraction = 0.3),
        MultiLabel("FineTuneMultiLabel of pairs with adapters", o => (o.PairColumnName, o.Lora, o.Thresholds) = ("Other", new(), [0.4])),
        QuestionAnswering,
        Tokens("FineTuneTokens of texts, BIO trained as BIOES with a field", "Text", [.. TagColumns, "Words"], o => (o.Scheme, o.TrainAs, o.UseCrf) = (TagScheme.Bio, TagScheme.Bioes, true)),
        Tokens("FineTuneTokens of ready-made words, plain tags", "Tokens", ["PredictedTags", "TagProbabilities"], o => o.Lora = new()),
        TextCnn("TextCnn, multiclass", ["PredictedLabel", "Score"], "Label", (ml, options) => ml.MulticlassClassification.Trainers.TextCnn(options)),
        TextCnn("TextCnn, multiclass of Boolean labels", ["PredictedLabel", "Score"], "Flag", (ml, options) => ml.MulticlassClassification.Trainers.TextCnn(options)),
        TextCnn("TextCnn, multiclass of numbers", ["PredictedLabel", "Score"], "Order", (ml, options) => ml.MulticlassClassification.Trainers.TextCnn(options)),
        TextCnn("TextCnn, binary", ["PredictedLabel", "Score", "Probability"], "Flag", (ml, options) => ml.BinaryClassification.Trainers.TextCnn(options)),
        TextLstm("TextLstm, multiclass", ["PredictedLabel", "Score"], "Label", (ml, options) => ml.MulticlassClassification.Trainers.TextLstm(options)),
        TextLstm("DistillText, a TextLstm", ["PredictedLabel", "Score", "Probability"], "Flag", (ml, options) => ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Of(s_teacher.Value), options)),
        LanguageModel,
        PretrainBert("PretrainBert, full sequences", SequencePacking.FullSequences),
        PretrainBert("PretrainBert, pairs of one document", SequencePacking.SameDocumentPairs),
        Embeddings("FineTuneEmbeddings, ranking", ["Other"], _ => { }),
        Embeddings("FineTuneEmbeddings, cosines", ["Other", "Order"], o => (o.Loss, o.LabelColumnName, o.LabelMaximum, o.Pooling) = (EmbeddingLoss.CosineRegression, "Order", 1e7, Pooling.Cls)),
        Embeddings("FineTuneEmbeddings, ranking by adapters", ["Other"], o => o.Lora = new()),
        TaughtEmbeddings,
        Gpt,
        new()
        {
            Name = "ApplyElmo, the last layer and every word",
            Create = ml => ml.Transforms.Text.ApplyElmo(SmallElmo, new ElmoFeatureOptions { InputColumnName = "Text", OutputColumnName = "Vector", TokensColumnName = "Words", Layer = -1 }),
            Outputs = ["Vector", "Words"],
            Inputs = ["Text"],
            Windows = t => ((ElmoTransformer)t).Runner.Runs,
        },
        new()
        {
            Name = "ApplyElmo, the mix learnt",
            Create = ml => ml.Transforms.Text.ApplyElmo(SmallElmo, new ElmoFeatureOptions { InputColumnName = "Text", OutputColumnName = "Vector" }, new ElmoMixOptions { LabelColumnName = "Flag", Seed = 5 }),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            FitInputs = ["Flag"],
            NeedsRows = true,
            Windows = t => ((ElmoTransformer)t).Runner.Runs,
        },
        new()
        {
            Name = "ApplyGpt to pairs, a block in the middle",
            Create = ml => ml.Transforms.Text.ApplyGpt(SmallGpt, new GptFeatureOptions { InputColumnName = "Text", PairColumnName = "Other", OutputColumnName = "Vector", Pooling = GptPooling.LastToken, Layer = 1 }),
            Outputs = ["Vector"],
            Inputs = ["Text", "Other"],
            Windows = t => ((GptTransformer)t).Runner.Runs,
        },
        Elmo("PretrainElmo", ["Vector"], _ => { }),
        Elmo("PretrainElmo, one layer with token vectors", ["Vector", "Tokens"], o => (o.Layer, o.TokensColumnName, o.Pooling, o.MaxSentenceLength) = (-1, "Tokens", Pooling.Max, 5)),
        new()
        {
            Name = "BagOfWords",
            Create = ml => ml.Transforms.Text.BagOfWords("Vector", "Text"),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            NeedsRows = true,
            Windows = t => ((BagOfWordsTransformer)t).WindowsComputed,
        },
        new()
        {
            Name = "DetectPhrases",
            Create = ml => ml.Transforms.Text.DetectPhrases("Words", "Text", new() { MinCount = 1, Threshold = 0.1 }),
            Outputs = ["Words"],
            Inputs = ["Text"],
            NeedsRows = true,
            Windows = t => ((PhraseTransformer)t).WindowsComputed,
        },
        Word2Vec("Word2Vec", new() { VectorSize = 8 }),
        Word2Vec("Word2Vec with sub-words, phrases and SIF", new()
        {
            VectorSize = 8, Subwords = new() { Buckets = 100 }, Phrases = new() { MinCount = 1, Threshold = 0.1 }, Pooling = WordVectorPooling.SmoothInverseFrequency, Loss = Word2VecLoss.HierarchicalSoftmax,
        }),
        Word2Vec("Word2Vec, minimum, mean and maximum", new() { VectorSize = 8, Pooling = WordVectorPooling.MinMeanMax, Architecture = Word2VecArchitecture.ContinuousBagOfWords }),
        new()
        {
            Name = "ApplyWordVectors",
            Create = ml => ml.Transforms.Text.ApplyWordVectors("Vector", "Text", SmallVectors(), WordVectorPooling.SmoothInverseFrequency),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            NeedsRows = true,
            Windows = t => ((WordVectorTransformer)t).WindowsComputed,
        },
        new()
        {
            Name = "FindNearest",
            Create = ml => ml.Transforms.Text.ApplyWordVectors("Words", "Text", SmallVectors()).Append(ml.Transforms.FindNearest("Nearest", "Words", Places(ml), "Text", 4)),
            Outputs = ["Nearest", "NearestScore"],
            Inputs = ["Text"],
            Windows = t => ((TransformerChain<FindNearestTransformer>)t).LastTransformer.WindowsComputed,
        },
        Calibrated("TemperatureScaling after a stock trainer", "Label", "Score", ml => ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy(), ml => ml.MulticlassClassification.TemperatureScaling()),
        Calibrated("Temperature after a stock trainer", "Flag", "Probability", ml => ml.BinaryClassification.Trainers.LbfgsLogisticRegression("Flag"), ml => ml.BinaryClassification.Calibrators.Temperature("Flag")),
        Word2Vec("Word2Vec, token vectors", new() { VectorSize = 8, Pooling = WordVectorPooling.Tokens }),
    ];

    private static ConformanceCase Calibrated(string name, string label, string output, Func<MLContext, IEstimator<ITransformer>> trainer, Func<MLContext, TemperatureScalingEstimator> temperature) => new()
    {
        Name = name,
        Create = ml => ml.Transforms.Text.BagOfWords("Features", "Text").Append(trainer(ml)).Append(temperature(ml)),
        Outputs = [output],
        Inputs = ["Text"],
        FitInputs = [label],
        NeedsRows = true,
        Windows = t => ((TransformerChain<TemperatureScalingTransformer>)t).LastTransformer.WindowsComputed,
    };

    private static IDataView Places(MLContext ml)
    {
        IDataView texts = TinyTexts.View(ml, 12);
        return ml.Transforms.Text.ApplyWordVectors("Words", "Text", SmallVectors()).Fit(texts).Transform(texts);
    }

    private static WordVectors SmallVectors()
    {
        var words = new WordTable();
        foreach (string word in (string[])["fine", "good", "dull", "film", "evening"]) words.FindOrAdd(word);
        return new WordVectors(new Vocabulary(words, []), [.. Enumerable.Range(0, words.Count * 3).Select(i => (float)Math.Sin(i * i + 1))], 3);
    }
}
