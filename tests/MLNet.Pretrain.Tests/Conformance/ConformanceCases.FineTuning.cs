using Microsoft.ML;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Conformance;

internal static partial class ConformanceCases
{
    private static string[] TagColumns => ["PredictedTags", "TagProbabilities", "EntityText", "EntityType", "EntityStart", "EntityLength", "EntityConfidence"];

    private static ConformanceCase FineTune(string name, string[] outputs, string label, Func<MLContext, FineTuneTextOptions, IEstimator<ITransformer>> create) => new()
    {
        Name = name,
        Create = ml => create(ml, Options(label)),
        Outputs = outputs,
        Inputs = ["Text"],
        FitInputs = [label],
        NeedsRows = true,
        Windows = t => ((TextClassificationTransformer)t).Runner.Runs,
        Cancellable = (ml, token, step) =>
        {
            FineTuneTextOptions options = Options(label);
            (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
            return create(ml, options);
        },
    };

    private static ConformanceCase Tokens(string name, string column, string[] outputs, Action<FineTuneTokensOptions> change)
    {
        FineTuneTokensOptions Options()
        {
            var options = new FineTuneTokensOptions { TextColumnName = column, LabelColumnName = "Tags", Epochs = 3, BatchSize = 8, LearningRate = 3e-3, MaxLength = 16, Seed = 5 };
            change(options);
            return options;
        }
        return new()
        {
            Name = name,
            Create = ml => ml.MulticlassClassification.Trainers.FineTuneTokens(TinyTexts.Encoder, Options()),
            Outputs = outputs,
            Inputs = [column],
            FitInputs = ["Tags"],
            NeedsRows = true,
            Windows = t => ((TokenClassificationTransformer)t).Runner.Runs,
            Cancellable = (ml, token, step) =>
            {
                FineTuneTokensOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                return ml.MulticlassClassification.Trainers.FineTuneTokens(TinyTexts.Encoder, options);
            },
        };
    }

    private static ConformanceCase MultiLabel(string name, Action<FineTuneMultiLabelOptions> change)
    {
        FineTuneMultiLabelOptions Options()
        {
            var options = new FineTuneMultiLabelOptions { LabelColumnName = "Topics", Epochs = 2, BatchSize = 16, MaxLength = 24, LearningRate = 1e-3, Seed = 5 };
            change(options);
            return options;
        }
        return new()
        {
            Name = name,
            Create = ml => ml.MulticlassClassification.Trainers.FineTuneMultiLabel(TinyTexts.Encoder, Options()),
            Outputs = ["PredictedLabel", "Score"],
            Inputs = Options().PairColumnName is { } pair ? ["Text", pair] : ["Text"],
            FitInputs = ["Topics"],
            NeedsRows = true,
            Windows = t => ((MultiLabelTransformer)t).Runner.Runs,
            Cancellable = (ml, token, step) =>
            {
                FineTuneMultiLabelOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                return ml.MulticlassClassification.Trainers.FineTuneMultiLabel(TinyTexts.Encoder, options);
            },
        };
    }

    private static ConformanceCase Regression(string name, Action<FineTuneTextRegressionOptions> change)
    {
        FineTuneTextRegressionOptions Options()
        {
            var options = new FineTuneTextRegressionOptions { LabelColumnName = "Order", Epochs = 2, BatchSize = 16, MaxLength = 24, LearningRate = 1e-3, Seed = 5 };
            change(options);
            return options;
        }
        return new()
        {
            Name = name,
            Create = ml => ml.Regression.Trainers.FineTuneText(TinyTexts.Encoder, Options()),
            Outputs = ["Score"],
            Inputs = Options().PairColumnName is { } pair ? ["Text", pair] : ["Text"],
            FitInputs = ["Order"],
            NeedsRows = true,
            Windows = t => ((TextRegressionTransformer)t).Runner.Runs,
            Cancellable = (ml, token, step) =>
            {
                FineTuneTextRegressionOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                return ml.Regression.Trainers.FineTuneText(TinyTexts.Encoder, options);
            },
        };
    }

    // The whole context is the answer.
    private static ConformanceCase QuestionAnswering
    {
        get
        {
            static FineTuneQuestionAnsweringOptions Options() => new()
            {
                Scoring = new() { QuestionColumnName = "Text", ContextColumnName = "Other", MaxLength = 24, MaxQuestionLength = 8, Stride = 4 },
                AnswerColumnName = "Other",
                AllowNoAnswer = true,
                Epochs = 2,
                BatchSize = 16,
                LearningRate = 1e-3,
                Seed = 5,
            };
            return new()
            {
                Name = "FineTuneQuestionAnswering",
                Create = ml => ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(TinyTexts.Encoder, Options()),
                Outputs = ["PredictedAnswer", "PredictedAnswerStart", "PredictedAnswerLength", "Score"],
                Inputs = ["Text", "Other"],
                NeedsRows = true,
                Windows = t => ((QuestionAnsweringTransformer)t).Runner.Runs,
                Cancellable = (ml, token, step) =>
                {
                    FineTuneQuestionAnsweringOptions options = Options();
                    (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                    return ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(TinyTexts.Encoder, options);
                },
            };
        }
    }

    private static ConformanceCase TextCnn(string name, string[] outputs, string label, Func<MLContext, TextCnnOptions, IEstimator<ITransformer>> create) =>
        Words(name, outputs, label, () => new TextCnnOptions { FeatureMaps = 4 }, create);

    private static ConformanceCase TextLstm(string name, string[] outputs, string label, Func<MLContext, TextLstmOptions, IEstimator<ITransformer>> create) =>
        Words(name, outputs, label, () => new TextLstmOptions { HiddenSize = 4 }, create);

    private static ConformanceCase Words<TOptions>(string name, string[] outputs, string label, Func<TOptions> make, Func<MLContext, TOptions, IEstimator<ITransformer>> create) where TOptions : WordNetworkOptions
    {
        TOptions Options()
        {
            TOptions options = make();
            (options.LabelColumnName, options.Epochs, options.BatchSize, options.EmbeddingSize, options.Seed) = (label, 2, 16, 8, 5);
            return options;
        }
        return new()
        {
            Name = name,
            Create = ml => create(ml, Options()),
            Outputs = outputs,
            Inputs = ["Text"],
            FitInputs = [label],
            NeedsRows = true,
            Windows = t => ((TextClassificationTransformer)t).Runner.Runs,
            Cancellable = (ml, token, step) =>
            {
                TOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                return create(ml, options);
            },
        };
    }

    private static ConformanceCase Embeddings(string name, string[] fitInputs, Action<FineTuneEmbeddingsOptions> change)
    {
        FineTuneEmbeddingsOptions Options()
        {
            var options = new FineTuneEmbeddingsOptions { MaxLength = 16, BatchSize = 8, Epochs = 2, LearningRate = 1e-3, Seed = 5 };
            change(options);
            return options;
        }
        return new()
        {
            Name = name,
            Create = ml => ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Other", TinyTexts.Encoder, Options()),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            FitInputs = fitInputs,
            NeedsRows = true,
            Windows = t => ((TextEncoderTransformer)t).Runner.Runs,
            Cancellable = (ml, token, step) =>
            {
                FineTuneEmbeddingsOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                return ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Other", TinyTexts.Encoder, options);
            },
        };
    }

    // By a wider teacher, with translations.
    private static ConformanceCase TaughtEmbeddings
    {
        get
        {
            static DistillEmbeddingsOptions Options() => new() { TranslationColumnName = "Other", MaxLength = 16, BatchSize = 8, Epochs = 2, LearningRate = 1e-3, Seed = 5 };
            return new()
            {
                Name = "DistillEmbeddings",
                Create = ml => ml.Transforms.Text.DistillEmbeddings("Vector", "Text", s_vectors.Value, TinyTexts.Encoder, Options()),
                Outputs = ["Vector"],
                Inputs = ["Text"],
                FitInputs = ["Other"],
                NeedsRows = true,
                Windows = t => ((TextEncoderTransformer)t).Runner.Runs,
                Cancellable = (ml, token, step) =>
                {
                    DistillEmbeddingsOptions options = Options();
                    (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                    return ml.Transforms.Text.DistillEmbeddings("Vector", "Text", s_vectors.Value, TinyTexts.Encoder, options);
                },
            };
        }
    }

    private static FineTuneTextOptions Options(string label) => new() { LabelColumnName = label, TextColumnName = "Text", Epochs = 2, BatchSize = 16, LearningRate = 1e-3, MaxLength = 16, Seed = 5 };
}
