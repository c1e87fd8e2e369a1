using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>What a kind of network contributes to the training of a classifier: how text becomes ids, and the untrained network with its loss.</summary>
internal interface ITextClassifierBuilder : IDisposable
{
    /// <summary>One phrase for the log.</summary>
    string Description { get; }

    ISequenceEncoder Encoder { get; }

    /// <summary>Ids a row may have.</summary>
    int MaxLength { get; }

    /// <summary>Makes the network. It belongs to the caller.</summary>
    (ITextClassifierModel Model, ITrainingTask Task) Build(IReadOnlyList<string> labels);
}
