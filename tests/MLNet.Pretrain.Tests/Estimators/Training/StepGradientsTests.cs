using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Training;

public sealed class StepGradientsTests : IDisposable
{
    private readonly TokenStore _rows = ToyTask.Rows();

    public void Dispose() => _rows.Dispose();

    [Fact]
    public void A_batch_for_which_there_is_no_memory_ends_training_with_what_to_do()
    {
        // More than any address space has: libtorch's own failure.
        using var task = new ToyTask { BeforeLoss = _ => empty(1L << 60).Dispose() };
        FluentActions.Invoking(() => Run(task)).Should().Throw<InsufficientMemoryException>().WithMessage("test: there was not enough memory on 'cpu' for a forward and backward pass over 16 rows of 6 tokens. Set MemoryLimit*GradientCheckpointing*MaxLength*");
    }

    [Fact]
    public void Another_failure_of_libtorch_stays_what_it_is()
    {
        using var task = new ToyTask { BeforeLoss = batch => batch.InputIds.view(7, 7, 7) };
        FluentActions.Invoking(() => Run(task)).Should().Throw<System.Runtime.InteropServices.ExternalException>().WithMessage("*invalid for input of size*");
    }

    private void Run(ToyTask task) =>
        TrainingLoop.Run(task, _rows.All, null, new FineTuneTextOptions { BatchSize = 16, MaxSteps = 1, LearningRate = 1e-3, Seed = 1 }, new TrainingContext { Owner = "test", DefaultSeed = 1 });
}
