using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Makes the gradients of an optimizer step: of one batch, or of several whose gradients are added up.</summary>
/// <param name="task">Its loss.</param>
/// <param name="learning">The parameters that learn.</param>
/// <param name="device">Where it is computed.</param>
/// <param name="owner">For messages.</param>
/// <param name="check">Called before each forward pass; throws to end training.</param>
internal sealed class StepGradients(ITrainingTask task, IReadOnlyList<Parameter> learning, Device device, string owner, Action check)
{
    /// <summary>The gradient and mean loss of the next step. A loss that is no finite number stands for the step's, whose gradients then mean nothing.</summary>
    /// <param name="loader">Has the batches.</param>
    /// <param name="optimizer">Of the gradients, which are none yet.</param>
    /// <param name="counted">Told of each batch.</param>
    /// <returns>The loss and the step's last batch; null where there are no more batches.</returns>
    /// <exception cref="InsufficientMemoryException">A batch is too large for the device.</exception>
    public (double Loss, PlannedBatch Last)? Next(BatchLoader loader, AdamW optimizer, Action<TrainingBatch> counted)
    {
        (double sum, double weights, double first) = (0, 0, 0);
        using var sums = new GradientSums(learning);
        PlannedBatch planned;
        do
        {
            check();
            if (!loader.TryTake(out planned, out TrainingBatch batch)) return null;
            using DisposeScope scope = NewDisposeScope();
            bool whole = batch.Rows == planned.StepRows;
            // Each mean weighs as much as what it is a mean of; over the first one's weight, which keeps gradients near their final size. Before the batch is moved: counting on an accelerator waits for it.
            double weight = whole ? 1 : task.LossWeight(batch);
            using TrainingBatch placed = batch.MoveTo(device);
            if (weight == 0) continue;   // a mean of nothing
            if (first == 0) first = weight;
            double loss = Add(placed, weight / first);
            if (!double.IsFinite(loss)) return (loss, planned);
            counted(placed);
            (sum, weights) = (sum + loss * weight, weights + weight);
            if (whole) return (loss, planned);
            sums.Take();
        }
        while (!planned.EndsStep);
        optimizer.ScaleGradients(first / weights);   // of what was not taken
        sums.Return(first / weights);
        return (sum / weights, planned);
    }

    // Adds the gradient of the loss times a factor.
    private double Add(TrainingBatch batch, double factor)
    {
        try
        {
            Tensor loss = task.Loss(batch);
            // To read the loss is to wait for an accelerator, which is to have the backward pass to go on with. The processor spares itself that of a loss that is no number.
            bool ahead = device.type != DeviceType.CPU;
            if (ahead) Backward();
            double value = loss.to(float32).item<float>();
            if (!double.IsFinite(value)) task.Diagnose(batch);
            else if (!ahead) Backward();
            return value;

            void Backward() => (factor == 1 ? loss : loss.Times(factor)).backward();
        }
        catch (ExternalException e) when (e.Message.Contains("out of memory", StringComparison.Ordinal) || e.Message.Contains("can't allocate memory", StringComparison.Ordinal))
        {
            throw new InsufficientMemoryException($"{owner}: there was not enough memory on '{device}' for a forward and backward pass over {batch.InputIds.shape[0]} rows of {batch.InputIds.shape[1]} tokens. Set MemoryLimit to what training may take, which divides batches; or GradientCheckpointing; or shorten rows (MaxLength).", e);
        }
    }
}
