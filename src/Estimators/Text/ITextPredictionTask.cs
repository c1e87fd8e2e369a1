using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A task whose loss is a mean of row losses, each of a row's outputs and its label: what a teacher's answers can stand beside.</summary>
internal interface ITextPredictionTask : ITrainingTask
{
    /// <summary>The network's outputs in float32: [B, K], or [B] of numbers.</summary>
    Tensor Outputs(TrainingBatch batch);

    /// <summary>The same, of what the network gave.</summary>
    Tensor Outputs(Tensor given);

    /// <summary>[B] losses against the labels, without the rows' weights.</summary>
    Tensor RowLosses(Tensor outputs, Tensor labels);

    /// <summary>[B] losses against a teacher's answers, without the rows' weights.</summary>
    /// <param name="outputs">As <see cref="Outputs(TrainingBatch)"/> gives them.</param>
    /// <param name="answers">Log-probabilities like the outputs, or numbers in the labels' unit.</param>
    /// <param name="temperature">Softens both; of no meaning to numbers.</param>
    Tensor RowLosses(Tensor outputs, Tensor answers, double temperature);
}
