using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Training;

/// <summary>What surrounds a training run: names for messages, the log, cancellation from outside, other processes.</summary>
internal sealed record TrainingContext
{
    /// <summary>What surrounds the fit of an estimator.</summary>
    /// <param name="owner">Its name, for messages.</param>
    /// <param name="host">Whose cancellation ends the run.</param>
    /// <param name="channel">Receives the log.</param>
    /// <param name="seed">Used where the options have none.</param>
    public static TrainingContext Of(string owner, IHost host, IChannel channel, int seed) => new()
    {
        Owner = owner,
        DefaultSeed = seed,
        Log = line => channel.Info(MessageSensitivity.None, "{0}", line),
        CheckCancellation = () => HostCancellation.ThrowIfCancelled(host),
    };

    /// <summary>The estimator's name, for messages.</summary>
    public required string Owner { get; init; }

    /// <summary>Used where the options have no seed.</summary>
    public required int DefaultSeed { get; init; }

    /// <summary>Decides which rows are held out, where several runs are to be compared on the same ones; null = the run's own seed.</summary>
    public int? SplitSeed { get; init; }

    /// <summary>Receives a line now and then, such as a host's log channel.</summary>
    public Action<string>? Log { get; init; }

    /// <summary>Called between forward passes; throws <see cref="OperationCanceledException"/> to end the run, such as a host's own check.</summary>
    public Action? CheckCancellation { get; init; }

    /// <summary>Combines gradients of several processes; null where there is one.</summary>
    public IGradientReducer? Reducer { get; init; }
}
