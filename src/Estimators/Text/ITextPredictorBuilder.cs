using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>What a kind of network contributes to training on texts: how text becomes ids, and the untrained network with its loss.</summary>
/// <typeparam name="TTask">What it learns by.</typeparam>
internal interface ITextPredictorBuilder<TTask> : IDisposable where TTask : ITrainingTask
{
    /// <summary>One phrase for the log.</summary>
    string Description { get; }

    ISequenceEncoder Encoder { get; }

    /// <summary>The encoder that the network begins as; null where it has none.</summary>
    TextModel<TextEncoder>? Opened => null;

    /// <summary>Ids a row may have.</summary>
    int MaxLength { get; }

    /// <summary>Makes the network. It belongs to the caller.</summary>
    /// <param name="labels">One an output: the classes.</param>
    /// <param name="rows">The training rows.</param>
    /// <param name="seed">Of new weights.</param>
    BuiltPredictor<TTask> Build(IReadOnlyList<string> labels, LearningRows rows, int seed);
}
