using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Conformance;

internal static partial class ConformanceCases
{
    private static readonly Lazy<ElmoTransformer> s_elmo = new(() =>
    {
        var ml = new MLContext(5);
        return ml.Transforms.Text.PretrainElmo("Vector", "Text", new PretrainElmoOptions { CellSize = 8, ProjectionSize = 4, CharacterEmbeddingSize = 4, Filters = [new(1, 4), new(2, 4)], MinCount = 1, Seed = 5, Threads = 1 }).Fit(TinyTexts.View(ml));
    });

    private static ElmoTransformer SmallElmo => s_elmo.Value;

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
            Cancellable = (ml, token, step) => ml.Transforms.Text.Word2Vec("Vector", "Text", options with { Epochs = 100_000_000, CancellationToken = token, Progress = new Reporter<Word2VecProgress>(_ => step()) }),
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
            (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
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
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                return ml.Transforms.Text.PretrainBert("Vector", "Text", options);
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
                (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
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
                    (options.Epochs, options.CancellationToken, options.Progress) = (1000, token, new Reporter(_ => step()));
                    return ml.Transforms.Text.PretrainGpt("Vector", "Text", options);
                },
            };
        }
    }

    private static NeuralLanguageModelOptions SmallLanguageModel() => new() { ContextSize = 2, VectorSize = 8, HiddenSize = 8, Epochs = 2, MinCount = 1, Pooling = WordVectorPooling.TfIdf, Seed = 5 };
}
