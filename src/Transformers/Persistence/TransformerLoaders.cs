using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Calibrators;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Search;
using MLNet.Pretrain.Text;

// How ML.NET finds, in a process that names none of our types, what makes a transformer from a stream with our signature.
[assembly: LoadableClass(typeof(TextEncoderTransformer), typeof(TextEncoderTransformerLoader), null, typeof(SignatureLoadModel), "Pretrained text encoder", TextEncoderTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(TextClassificationTransformer), typeof(TextClassificationTransformerLoader), null, typeof(SignatureLoadModel), "Fine-tuned text classifier", TextClassificationTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(TextRegressionTransformer), typeof(TextRegressionTransformerLoader), null, typeof(SignatureLoadModel), "Fine-tuned text regression", TextRegressionTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(MultiLabelTransformer), typeof(MultiLabelTransformerLoader), null, typeof(SignatureLoadModel), "Fine-tuned multi-label classifier", MultiLabelTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(QuestionAnsweringTransformer), typeof(QuestionAnsweringTransformerLoader), null, typeof(SignatureLoadModel), "Fine-tuned question answering", QuestionAnsweringTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(TokenClassificationTransformer), typeof(TokenClassificationTransformerLoader), null, typeof(SignatureLoadModel), "Fine-tuned sequence labeller", TokenClassificationTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(WordVectorTransformer), typeof(WordVectorTransformerLoader), null, typeof(SignatureLoadModel), "Word vectors", WordVectorTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(BagOfWordsTransformer), typeof(BagOfWordsTransformerLoader), null, typeof(SignatureLoadModel), "Bag of words", BagOfWordsTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(PhraseTransformer), typeof(PhraseTransformerLoader), null, typeof(SignatureLoadModel), "Phrases", PhraseTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(NeuralLanguageModelTransformer), typeof(NeuralLanguageModelTransformerLoader), null, typeof(SignatureLoadModel), "Neural language model", NeuralLanguageModelTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(GptTransformer), typeof(GptTransformerLoader), null, typeof(SignatureLoadModel), "GPT language model", GptTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(ElmoTransformer), typeof(ElmoTransformerLoader), null, typeof(SignatureLoadModel), "ELMo", ElmoTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(FindNearestTransformer), typeof(FindNearestTransformerLoader), null, typeof(SignatureLoadModel), "Nearest rows", FindNearestTransformer.LoaderSignature)]
[assembly: LoadableClass(typeof(TemperatureScalingTransformer), typeof(TemperatureScalingTransformerLoader), null, typeof(SignatureLoadModel), "Temperature scaling", TemperatureScalingTransformer.LoaderSignature)]

namespace MLNet.Pretrain.Persistence;

internal static class TextEncoderTransformerLoader
{
    // Found by reflection: this name, these parameters.
    private static TextEncoderTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, TextEncoderTransformer.LoaderSignature, (directory, settings) => TextEncoderTransformer.LoadFrom(env, directory, settings));
}

internal static class TextClassificationTransformerLoader
{
    private static TextClassificationTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, TextClassificationTransformer.LoaderSignature, TextClassificationTransformer.LoadFrom);
}

internal static class TextRegressionTransformerLoader
{
    private static TextRegressionTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, TextRegressionTransformer.LoaderSignature, TextRegressionTransformer.LoadFrom);
}

internal static class MultiLabelTransformerLoader
{
    private static MultiLabelTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, MultiLabelTransformer.LoaderSignature, MultiLabelTransformer.LoadFrom);
}

internal static class QuestionAnsweringTransformerLoader
{
    private static QuestionAnsweringTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, QuestionAnsweringTransformer.LoaderSignature, QuestionAnsweringTransformer.LoadFrom);
}

internal static class TokenClassificationTransformerLoader
{
    private static TokenClassificationTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, TokenClassificationTransformer.LoaderSignature, TokenClassificationTransformer.LoadFrom);
}

internal static class WordVectorTransformerLoader
{
    private static WordVectorTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, WordVectorTransformer.LoaderSignature, WordVectorTransformer.LoadFrom);
}

internal static class NeuralLanguageModelTransformerLoader
{
    private static NeuralLanguageModelTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, NeuralLanguageModelTransformer.LoaderSignature, NeuralLanguageModelTransformer.LoadFrom);
}

internal static class GptTransformerLoader
{
    private static GptTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, GptTransformer.LoaderSignature, GptTransformer.LoadFrom);
}

internal static class ElmoTransformerLoader
{
    private static ElmoTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, ElmoTransformer.LoaderSignature, ElmoTransformer.LoadFrom);
}

internal static class PhraseTransformerLoader
{
    private static PhraseTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, PhraseTransformer.LoaderSignature, PhraseTransformer.LoadFrom);
}

internal static class BagOfWordsTransformerLoader
{
    private static BagOfWordsTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, BagOfWordsTransformer.LoaderSignature, BagOfWordsTransformer.LoadFrom);
}

internal static class FindNearestTransformerLoader
{
    private static FindNearestTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, FindNearestTransformer.LoaderSignature, FindNearestTransformer.LoadFrom);
}

internal static class TemperatureScalingTransformerLoader
{
    private static TemperatureScalingTransformer Create(IHostEnvironment env, ModelLoadContext ctx) =>
        TransformerPersistence.Load(env, ctx, TemperatureScalingTransformer.LoaderSignature, (_, settings) => TemperatureScalingTransformer.LoadFrom(settings));
}
