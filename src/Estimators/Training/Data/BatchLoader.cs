using System.Collections.Concurrent;

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

    public BatchLoader(TokenStore store, IEnumerable<PlannedBatch> plan)
    {
        _thread = new Thread(() => Produce(store, plan)) { IsBackground = true, Name = "MLNet.Pretrain batches" };
        _thread.Start();
    }

    /// <summary>The next batch, which then belongs to the caller; false at the end of the plan.</summary>
    public bool TryTake(out PlannedBatch plan, out TrainingBatch batch)
    {
        bool taken = _ready.TryTake(out (PlannedBatch Plan, TrainingBatch Batch) next, Timeout.Infinite);
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

    private void Produce(TokenStore store, IEnumerable<PlannedBatch> plan)
    {
        try
        {
            var assembler = new BatchAssembler(store);
            foreach (PlannedBatch planned in plan)
            {
                TrainingBatch batch = assembler.Assemble(planned.Rows);
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
