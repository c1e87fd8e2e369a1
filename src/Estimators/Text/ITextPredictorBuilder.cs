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

    /// <summary>Ids a row may have.</summary>
    int MaxLength { get; }

    /// <summary>Makes the network. It belongs to the caller.</summary>
    /// <param name="labels">One an output: the classes.</param>
    /// <param name="train">The training rows.</param>
    /// <param name="seed">Of new weights.</param>
    BuiltPredictor<TTask> Build(IReadOnlyList<string> labels, TokenStore train, int seed);
}
