using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Tells of progress at once, on the thread that makes it: <see cref="Progress{T}"/> posts it elsewhere.</summary>
internal class Reporter<T>(Action<T> report) : IProgress<T>
{
    public void Report(T value) => report(value);
}

/// <summary>Tells of training.</summary>
internal sealed class Reporter(Action<TrainingProgress> report) : Reporter<TrainingProgress>(report);
