using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>What a method supplies to the training loop: its network, its loss, its evaluation. Everything else is the loop's.</summary>
internal interface ITrainingTask
{
    /// <summary>The network whose parameters learn. The loop moves it to the device and precision of the options, and back to 32 bits on its first device at the end.</summary>
    nn.Module Network { get; }

    /// <summary>Layers between the embeddings and the head.</summary>
    int LayerCount { get; }

    /// <summary>Depth of a parameter, for layer-wise decay and freezing: embeddings 0, layer i (from 0) i + 1, head <see cref="LayerCount"/> + 1.</summary>
    int LayerOf(string parameterName);

    /// <summary>Floating-point operations that the network needs for one token, forward and backward; 0 = not known. Counts products of matrices, two operations a multiply-add, as is usual for model-FLOPs utilisation (Chowdhery et al. 2022, appendix B).</summary>
    double FlopsPerToken => 0;

    /// <summary>What it learns from beside rows, labels and options, in words or a hash, so that a resumed run can tell; null = nothing.</summary>
    string? Fingerprint => null;

    /// <summary>Changes a batch before it is used: hides words, forms pairs. Called on a loader's thread, at an evaluation on two at once, with the batch on the processor.</summary>
    /// <param name="batch">The stored rows; disposed by this where another is returned.</param>
    /// <param name="seed">Decides, with a row's number in the store, everything random, so that it does not depend on how a step's rows are divided into batches. It follows from the run's seed and the step; in an evaluation it is always the same.</param>
    TrainingBatch Prepare(TrainingBatch batch, long seed) => batch;

    /// <summary>The loss of a batch that lies on the network's device, as a scalar: a mean, such as over the batch's rows (with weights: of weight times loss).</summary>
    Tensor Loss(TrainingBatch batch);

    /// <summary>Called with a batch whose loss is no finite number, before training ends for it.</summary>
    /// <exception cref="InvalidOperationException">The task knows another cause than training itself.</exception>
    void Diagnose(TrainingBatch batch) { }

    /// <summary>How much a batch's <see cref="Loss"/> weighs beside those of the other batches of an optimizer step: the number of things that it is the mean of.</summary>
    double LossWeight(TrainingBatch batch) => batch.Rows;

    /// <summary>Called after each optimizer step: for constraints on weights, which are kept by <see cref="AdamW.Change"/>. The parameters are those of training, on its device.</summary>
    void AfterStep(AdamW optimizer) { }

    /// <summary>Name of the value of <see cref="Evaluate"/> that selects the best weights.</summary>
    string SelectionMetric { get; }

    /// <summary>Whether a higher <see cref="SelectionMetric"/> is better.</summary>
    bool HigherIsBetter { get; }

    /// <summary>Whether the rows of a batch are compared with each other: more of them are a harder question, so an evaluation's batches are as large as those of training, and none is divided for want of memory.</summary>
    bool ComparesRows => false;

    /// <summary>Rows and tokens, filler included, of each run of the network over a batch.</summary>
    /// <param name="store">Has the rows.</param>
    /// <param name="rows">Its numbers, the longest row first.</param>
    IReadOnlyList<(long Rows, long Length)> Passes(TokenStore store, ReadOnlySpan<long> rows) => [(rows.Length, store.Length(rows[0]))];

    /// <summary>Bytes that a forward and backward pass takes beside what the network's layers take (<see cref="IActivationMemory"/>): an output layer over a vocabulary, a teacher.</summary>
    /// <param name="passes">Of <see cref="Passes"/>.</param>
    /// <param name="conditions">How it is trained.</param>
    double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions) => 0;

    /// <summary>Whether <see cref="Evaluate"/> can judge a row; one that it cannot is never held out by <see cref="TrainingOptions.ValidationFraction"/>.</summary>
    bool CanValidate(TokenStore rows, long row) => true;

    /// <summary>Measures the network, which is in evaluation mode under <c>no_grad</c>, on the validation rows.</summary>
    /// <param name="batches">Every row once, on the network's device; each batch, and every tensor made for it, is disposed before the next.</param>
    /// <returns>Values by name, <see cref="SelectionMetric"/> among them.</returns>
    IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches);

    /// <summary>Called once at the end, with the weights that are kept, where there are validation rows: for what is chosen by them beside the weights, such as thresholds. As for <see cref="Evaluate"/>.</summary>
    /// <param name="batches">Every validation row once; what is not asked for costs nothing.</param>
    void AfterTraining(IEnumerable<TrainingBatch> batches) { }
}
