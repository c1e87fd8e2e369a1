using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Search;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Conformance;

/// <summary>Every estimator that exists, through every check of the contract.</summary>
public class ConformanceTests
{
    private static readonly string[] s_tagColumns = ["PredictedTags", "TagProbabilities", "EntityText", "EntityType", "EntityStart", "EntityLength", "EntityConfidence"];

    private static readonly Lazy<ElmoTransformer> s_elmo = new(() =>
    {
        var ml = new MLContext(5);
        return ml.Transforms.Text.PretrainElmo("Vector", "Text", new PretrainElmoOptions { CellSize = 8, ProjectionSize = 4, CharacterEmbeddingSize = 4, Filters = [new(1, 4), new(2, 4)], MinCount = 1, Seed = 5, Threads = 1 }).Fit(TinyTexts.View(ml));
    });

    private static readonly ConformanceCase[] s_cases =
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
        FineTune("FineTuneText, binary", ["PredictedLabel", "Score", "Probability"], "Flag", (ml, options) => ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options)),
        Regression("FineTuneText, regression of pairs with adapters", o => (o.PairColumnName, o.Lora) = ("Other", new())),
        Regression("FineTuneText, regression", o => o.ReinitializedLayers = 1),
        QuestionAnswering,
        Tokens("FineTuneTokens of texts, BIO trained as BIOES with a field", "Text", [.. s_tagColumns, "Words"], o => (o.Scheme, o.TrainAs, o.UseCrf) = (TagScheme.Bio, TagScheme.Bioes, true)),
        Tokens("FineTuneTokens of ready-made words, plain tags", "Tokens", ["PredictedTags", "TagProbabilities"], o => o.Lora = new()),
        TextCnn("TextCnn, multiclass", ["PredictedLabel", "Score"], "Label", (ml, options) => ml.MulticlassClassification.Trainers.TextCnn(options)),
        TextCnn("TextCnn, binary", ["PredictedLabel", "Score", "Probability"], "Flag", (ml, options) => ml.BinaryClassification.Trainers.TextCnn(options)),
        LanguageModel,
        PretrainBert("PretrainBert, full sequences", SequencePacking.FullSequences),
        PretrainBert("PretrainBert, pairs of one document", SequencePacking.SameDocumentPairs),
        Embeddings("FineTuneEmbeddings, ranking", ["Other"], _ => { }),
        Embeddings("FineTuneEmbeddings, cosines", ["Other", "Order"], o => (o.Loss, o.LabelColumnName, o.LabelMaximum, o.Pooling) = (EmbeddingLoss.CosineRegression, "Order", 1e7, Pooling.Cls)),
        Embeddings("FineTuneEmbeddings, ranking by adapters", ["Other"], o => o.Lora = new()),
        Gpt,
        new()
        {
            Name = "ApplyElmo, the last layer and every word",
            Create = ml => ml.Transforms.Text.ApplyElmo(s_elmo.Value, new ElmoFeatureOptions { InputColumnName = "Text", OutputColumnName = "Vector", TokensColumnName = "Words", Layer = -1 }),
            Outputs = ["Vector", "Words"],
            Inputs = ["Text"],
            Windows = t => ((ElmoTransformer)t).Runner.Runs,
        },
        new()
        {
            Name = "ApplyElmo, the mix learnt",
            Create = ml => ml.Transforms.Text.ApplyElmo(s_elmo.Value, new ElmoFeatureOptions { InputColumnName = "Text", OutputColumnName = "Vector" }, new ElmoMixOptions { LabelColumnName = "Flag", Seed = 5 }),
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
        Word2Vec("Word2Vec, token vectors", new() { VectorSize = 8, Pooling = WordVectorPooling.Tokens }),
    ];

    public static TheoryData<string, string> All
    {
        get
        {
            var all = new TheoryData<string, string>();
            foreach (ConformanceCase c in s_cases)
                foreach (string check in Checks.All.Keys) all.Add(c.Name, check);
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Keeps_the_contract(string component, string check) => Checks.All[check](s_cases.Single(c => c.Name == component));

    [Fact]
    public void Every_saved_model_gives_the_same_values_in_a_fresh_process()
    {
        using var folder = new TestFolder();
        var ml = new MLContext(1);
        IDataView data = ConformanceCase.Data(ml);
        (string, string)[] rows = [.. data.GetColumn<string>("Text").Zip(data.GetColumn<string>("Other"))];
        var expected = new List<(string[] Columns, object[][] Rows)>();
        var requests = new List<FreshProcess.Request>();
        foreach (ConformanceCase c in s_cases)
        {
            ITransformer model = c.Create(ml).Fit(data);
            using var owned = model as IDisposable;
            requests.Add(new(folder.File($"{requests.Count}.zip"), c.Outputs, rows));
            ml.Model.Save(model, data.Schema, requests[^1].Model);
            IDataView scored = model.Transform(data);
            string[] columns = [.. scored.Schema.Where(s => !s.IsHidden && c.Outputs.Contains(s.Name)).Select(s => s.Name)];
            expected.Add(([.. columns.Select(name => $"{name} {scored.Schema[name].Type}")], [.. RowReader.Read(scored, columns).Select(r => r.Values)]));
        }
        IReadOnlyList<FreshProcess.Answer> answers = FreshProcess.Score(requests);
        answers.Should().HaveCount(s_cases.Length);
        foreach ((int i, FreshProcess.Answer answer) in answers.Index())
        {
            answer.Columns.Should().Equal(expected[i].Columns, s_cases[i].Name);
            RowReader.ShouldAgree(answer.Rows.Select((row, r) => row.Select((value, c) => RowReader.Parse(value, expected[i].Rows[r][c])).ToArray()), expected[i].Rows, s_cases[i].Name, 1e-5f);
        }
    }

    private static ConformanceCase Word2Vec(string name, Word2VecOptions options)
    {
        options = options with { MinCount = 1, Workers = 1, Seed = 5 };
        return new()
        {
            Name = name,
            Create = ml => ml.Transforms.Text.Word2Vec("Vector", "Text", options),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            NeedsRows = true,
            Windows = t => ((WordVectorTransformer)t).WindowsComputed,
            Cancellable = (ml, token, step) => ml.Transforms.Text.Word2Vec("Vector", "Text", options with { Epochs = 100_000_000, CancellationToken = token, Progress = new ImmediateWords(step) }),
        };
    }

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
            (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
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
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
                return ml.MulticlassClassification.Trainers.FineTuneTokens(TinyTexts.Encoder, options);
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
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
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
                    (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
                    return ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(TinyTexts.Encoder, options);
                },
            };
        }
    }

    private static ConformanceCase TextCnn(string name, string[] outputs, string label, Func<MLContext, TextCnnOptions, IEstimator<ITransformer>> create)
    {
        TextCnnOptions Options() => new() { LabelColumnName = label, Epochs = 2, BatchSize = 16, EmbeddingSize = 8, FeatureMaps = 4, Seed = 5 };
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
                TextCnnOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
                return create(ml, options);
            },
        };
    }

    private static ConformanceCase LanguageModel => new()
    {
        Name = "NeuralLanguageModel",
        Create = ml => ml.Transforms.Text.NeuralLanguageModel("Vector", "Text", SmallLanguageModel()),
        Outputs = ["Vector"],
        Inputs = ["Text"],
        NeedsRows = true,
        Windows = t => ((NeuralLanguageModelTransformer)t).WindowsComputed,
        Cancellable = (ml, token, step) =>
        {
            NeuralLanguageModelOptions options = SmallLanguageModel();
            (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
            return ml.Transforms.Text.NeuralLanguageModel("Vector", "Text", options);
        },
    };

    private static ConformanceCase PretrainBert(string name, SequencePacking packing)
    {
        PretrainBertOptions Options() => new() { Encoder = TinyTexts.Encoder, Packing = packing, MaxLength = 24, BatchSize = 8, Epochs = 2, Seed = 5 };
        return new()
        {
            Name = name,
            Create = ml => ml.Transforms.Text.PretrainBert("Vector", "Text", Options()),
            Outputs = ["Vector"],
            Inputs = ["Text"],
            NeedsRows = true,
            Windows = t => ((TextEncoderTransformer)t).Runner.Runs,
            Cancellable = (ml, token, step) =>
            {
                PretrainBertOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
                return ml.Transforms.Text.PretrainBert("Vector", "Text", options);
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
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
                return ml.Transforms.Text.FineTuneEmbeddings("Vector", "Text", "Other", TinyTexts.Encoder, options);
            },
        };
    }

    private static ConformanceCase Elmo(string name, string[] outputs, Action<PretrainElmoOptions> change)
    {
        PretrainElmoOptions Options()
        {
            var options = new PretrainElmoOptions { CellSize = 8, ProjectionSize = 4, CharacterEmbeddingSize = 4, Filters = [new(1, 4), new(2, 4)], Epochs = 2, MinCount = 1, Seed = 5, Threads = 1 };
            change(options);
            return options;
        }
        return new()
        {
            Name = name,
            Create = ml => ml.Transforms.Text.PretrainElmo("Vector", "Text", Options()),
            Outputs = outputs,
            Inputs = ["Text"],
            NeedsRows = true,
            Windows = t => ((ElmoTransformer)t).Runner.Runs,
            Cancellable = (ml, token, step) =>
            {
                PretrainElmoOptions options = Options();
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
                return ml.Transforms.Text.PretrainElmo("Vector", "Text", options);
            },
        };
    }

    private static ScratchGpt SmallGpt => new() { LayerCount = 2, HiddenSize = 16, HeadCount = 2, MaxPositions = 48 };

    private static ConformanceCase Gpt
    {
        get
        {
            static PretrainGptOptions Options() => new() { Model = SmallGpt, BlockSize = 32, BatchSize = 8, Epochs = 2, LearningRate = 3e-3, Seed = 5 };
            return new()
            {
                Name = "PretrainGpt",
                Create = ml => ml.Transforms.Text.PretrainGpt("Vector", "Text", Options()),
                Outputs = ["Vector"],
                Inputs = ["Text"],
                NeedsRows = true,
                Windows = t => ((GptTransformer)t).Runner.Runs,
                Cancellable = (ml, token, step) =>
                {
                    PretrainGptOptions options = Options();
                    (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Immediate(step));
                    return ml.Transforms.Text.PretrainGpt("Vector", "Text", options);
                },
            };
        }
    }

    private static NeuralLanguageModelOptions SmallLanguageModel() => new() { ContextSize = 2, VectorSize = 8, HiddenSize = 8, Epochs = 2, MinCount = 1, Pooling = WordVectorPooling.TfIdf, Seed = 5 };

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

    private static FineTuneTextOptions Options(string label) => new() { LabelColumnName = label, TextColumnName = "Text", Epochs = 2, BatchSize = 16, LearningRate = 1e-3, MaxLength = 16, Seed = 5 };

    private sealed class Immediate(Action step) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => step();
    }

    private sealed class ImmediateWords(Action step) : IProgress<Word2VecProgress>
    {
        public void Report(Word2VecProgress value) => step();
    }
}
