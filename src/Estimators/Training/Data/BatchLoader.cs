using System.Collections.Concurrent;
using System.Diagnostics;

namespace MLNet.Pretrain.Training;

/// <summary>Makes batches ahead of their use, on a thread of its own.</summary>
internal sealed class BatchLoader : IDisposable
{
    /// <summary>Batches made ahead: enough to hide the making, few enough to cost no memory.</summary>
    public const int Ahead = 3;

    private readonly BlockingCollection<(PlannedBatch Plan, TrainingBatch Batch)> _ready = new(Ahead);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private Exception? _failure;
    private bool _disposed;

    /// <param name="store">Where rows come from.</param>
    /// <param name="plan">Which rows, in which order.</param>
    /// <param name="prepare">Changes each batch, with a seed that follows from <paramref name="seed"/> and the optimizer step; null = nothing.</param>
    /// <param name="seed">Of the run.</param>
    public BatchLoader(TokenStore store, IEnumerable<PlannedBatch> plan, Func<TrainingBatch, long, TrainingBatch>? prepare = null, long seed = 0)
    {
        _thread = new Thread(() => Produce(store, plan, prepare, seed)) { IsBackground = true, Name = "MLNet.Pretrain batches" };
        _thread.Start();
    }

    /// <summary>Time that <see cref="TryTake"/> has waited for a batch.</summary>
    public TimeSpan Waited { get; private set; }

    /// <summary>The next batch, which then belongs to the caller; false at the end of the plan.</summary>
    public bool TryTake(out PlannedBatch plan, out TrainingBatch batch)
    {
        long start = Stopwatch.GetTimestamp();
        bool taken = _ready.TryTake(out (PlannedBatch Plan, TrainingBatch Batch) next, Timeout.Infinite);
        Waited += Stopwatch.GetElapsedTime(start);
        if (!taken && _failure is not null) throw new InvalidOperationException($"Making a training batch failed: {_failure.Message}", _failure);
        (plan, batch) = next;
        return taken;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _stop.Cancel();
        _thread.Join();
        foreach ((_, TrainingBatch batch) in _ready.GetConsumingEnumerable()) batch.Dispose();
        _ready.Dispose();
        _stop.Dispose();
    }

    private void Produce(TokenStore store, IEnumerable<PlannedBatch> plan, Func<TrainingBatch, long, TrainingBatch>? prepare, long seed)
    {
        try
        {
            var assembler = new BatchAssembler(store);
            foreach (PlannedBatch planned in plan)
            {
                TrainingBatch batch = assembler.Assemble(planned.Rows);
                if (prepare is not null) batch = prepare(batch, SeedMixer.Mix(SeedMixer.Mix(seed, SeedMixer.Batch, planned.Epoch), planned.StepInEpoch));
                try
                {
                    _ready.Add((planned, batch), _stop.Token);
                }
                catch
                {
                    batch.Dispose();
                    throw;
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The consumer has gone.
        }
        catch (Exception e)
        {
            _failure = e;
        }
        finally
        {
            _ready.CompleteAdding();
        }
    }
}
