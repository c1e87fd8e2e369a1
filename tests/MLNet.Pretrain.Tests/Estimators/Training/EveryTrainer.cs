using Microsoft.ML;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Conformance;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>Every estimator that trains by the loop, in small, and what its steps are like.</summary>
internal static class EveryTrainer
{
    private static readonly Lazy<TextEncoderTransformer> s_encoder = new(() =>
    {
        var ml = new MLContext(3);
        return ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(ConformanceCase.Data(ml));
    });

    /// <summary>By name: makes the estimator with options changed as wanted, and with a dropout.</summary>
    public static IReadOnlyDictionary<string, Func<MLContext, double, Action<TrainingOptions>, IEstimator<ITransformer>>> All { get; } = new Dictionary<string, Func<MLContext, double, Action<TrainingOptions>, IEstimator<ITransformer>>>
    {
        ["FineTuneText"] = (ml, dropout, change) => ml.BinaryClassification.Trainers.FineTuneText(Encoder(dropout), Of(new FineTuneTextOptions { LabelColumnName = "Flag", MaxLength = 16 }, change)),
        ["FineTuneText, regression by adapters"] = (ml, dropout, change) => ml.Regression.Trainers.FineTuneText(Encoder(dropout), Of(new FineTuneTextRegressionOptions { LabelColumnName = "Order", MaxLength = 16, Lora = new() { Dropout = dropout } }, change)),
        ["FineTuneMultiLabel"] = (ml, dropout, change) => ml.MulticlassClassification.Trainers.FineTuneMultiLabel(Encoder(dropout), Of(new FineTuneMultiLabelOptions { LabelColumnName = "Topics", MaxLength = 16 }, change)),
        ["FineTuneTokens with a field"] = (ml, dropout, change) => ml.MulticlassClassification.Trainers.FineTuneTokens(Encoder(dropout), Of(new FineTuneTokensOptions { TextColumnName = "Tokens", LabelColumnName = "Tags", Scheme = TagScheme.Bio, UseCrf = true, MaxLength = 16 }, change)),
        ["FineTuneQuestionAnswering"] = (ml, dropout, change) => ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(Encoder(dropout), Of(new FineTuneQuestionAnsweringOptions { Scoring = new() { QuestionColumnName = "Text", ContextColumnName = "Other", MaxLength = 24, MaxQuestionLength = 8, Stride = 4 }, AnswerColumnName = "Other" }, change)),
        ["FineTuneEmbeddings, ranking"] = (ml, dropout, change) => ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Other", Encoder(dropout), Of(new FineTuneEmbeddingsOptions { MaxLength = 16 }, change)),
        ["FineTuneEmbeddings, cosines"] = (ml, dropout, change) => ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Other", Encoder(dropout), Of(new FineTuneEmbeddingsOptions { Loss = EmbeddingLoss.CosineRegression, LabelColumnName = "Order", LabelMaximum = 100, MaxLength = 16 }, change)),
        ["DistillEmbeddings"] = (ml, dropout, change) => ml.Transforms.Text.DistillEmbeddings("Student", "Text", s_encoder.Value, Encoder(dropout), Of(new DistillEmbeddingsOptions { TranslationColumnName = "Other", MaxLength = 16 }, change)),
        ["DistillText, TinyBERT"] = (ml, dropout, change) => ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Column("Order"), Encoder(dropout), Of(new FineTuneTextOptions { LabelColumnName = "Flag", MaxLength = 16 }, change), new() { Imitation = EncoderImitation.TinyBert(s_encoder.Value) }),
        ["DistillText, MiniLM"] = (ml, dropout, change) => ml.BinaryClassification.Trainers.DistillText(DistillationTeacher.Column("Order"), Encoder(dropout), Of(new FineTuneTextOptions { LabelColumnName = "Flag", MaxLength = 16 }, change), new() { Imitation = EncoderImitation.MiniLm(s_encoder.Value) }),
        ["PretrainBert"] = (ml, dropout, change) => ml.Transforms.Text.PretrainBert("Vector", "Text", Of(new PretrainBertOptions { Encoder = Encoder(dropout), MaxLength = 16 }, change)),
        ["PretrainBert, sentence pairs"] = (ml, dropout, change) => ml.Transforms.Text.PretrainBert("Vector", "Text", Of(new PretrainBertOptions { Encoder = Encoder(dropout) with { Pooler = true }, Packing = SequencePacking.SentenceOrderPairs, MaxLength = 24 }, change)),
        ["PretrainBert, DistilBERT"] = (ml, dropout, change) => ml.Transforms.Text.PretrainBert("Vector", "Text", Of(new PretrainBertOptions { Encoder = Encoder(dropout), MaxLength = 16, Distillation = new() { Teacher = Encoder(0), SoftWordWeight = 0 } }, change)),
        ["PretrainGpt"] = (ml, dropout, change) => ml.Transforms.Text.PretrainGpt("Vector", "Text", Of(new PretrainGptOptions { Model = new ScratchGpt { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 24, Dropout = dropout }, BlockSize = 16 }, change)),
        ["PretrainElmo"] = (ml, dropout, change) => ml.Transforms.Text.PretrainElmo("Vector", "Text", Of(new PretrainElmoOptions { CellSize = 8, ProjectionSize = 4, CharacterEmbeddingSize = 4, Filters = [new(1, 4), new(2, 4)], MinCount = 1, Dropout = dropout, SampledWords = 0 }, change)),
        ["NeuralLanguageModel"] = (ml, dropout, change) => ml.Transforms.Text.NeuralLanguageModel("Vector", "Text", Of(new NeuralLanguageModelOptions { ContextSize = 2, VectorSize = 8, HiddenSize = 8, MinCount = 1, Dropout = dropout, SampledWords = 0 }, change)),
        ["TextCnn"] = (ml, dropout, change) => ml.BinaryClassification.Trainers.TextCnn(Of(new TextCnnOptions { LabelColumnName = "Flag", FeatureMaps = 4, EmbeddingSize = 8, Dropout = dropout }, change)),
        ["TextLstm"] = (ml, dropout, change) => ml.BinaryClassification.Trainers.TextLstm(Of(new TextLstmOptions { LabelColumnName = "Flag", HiddenSize = 4, EmbeddingSize = 8, Dropout = dropout }, change)),
    };

    /// <summary>Trains three steps on one thread.</summary>
    /// <returns>What was told after each step.</returns>
    public static IReadOnlyList<TrainingProgress> Steps(string trainer, double dropout, Action<TrainingOptions>? change = null)
    {
        var steps = new List<TrainingProgress>();
        var ml = new MLContext(1);
        IEstimator<ITransformer> estimator = All[trainer](ml, dropout, options =>
        {
            (options.MinSteps, options.MaxSteps, options.BatchSize, options.LearningRate, options.Seed, options.Threads) = (3, 3, 8, 1e-3, 5, 1);
            options.Progress = new Reporter(steps.Add);
            change?.Invoke(options);
        });
        using (estimator.Fit(ConformanceCase.Data(ml)) as IDisposable) return steps;
    }

    private static ScratchEncoder Encoder(double dropout) => TinyTexts.Encoder with { Dropout = dropout };

    private static T Of<T>(T options, Action<TrainingOptions> change) where T : TrainingOptions
    {
        change(options);
        return options;
    }
}
