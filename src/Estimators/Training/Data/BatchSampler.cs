namespace MLNet.Pretrain.Training;

/// <summary>
/// Divides each epoch's rows, in a random order of its own, into batches of about equal length: rows are sorted within stretches of up to
/// 50 steps and the steps of a stretch are then shuffled. All of it follows from the seed and the epoch, so a position in training is two
/// numbers, and no epoch is ever held in memory.
/// </summary>
internal sealed class BatchSampler
{
    private const int MaxStretchSteps = 50;

    private readonly TokenRows _rows;
    private readonly int _batchSize, _accumulation, _stretchRows;
    private readonly int? _maxTokens;
    private readonly long _seed;
    private readonly MemoryBudget? _memory;

    /// <param name="rows">At least one row.</param>
    /// <param name="batchSize">Rows of a batch at most.</param>
    /// <param name="maxTokens">Tokens of a batch at most, padding included; null = no limit. A longer row is a batch of its own.</param>
    /// <param name="accumulation">Batches of an optimizer step.</param>
    /// <param name="seed">Decides the order.</param>
    /// <param name="memory">Divides batches into parts that fit; null = they do.</param>
    public BatchSampler(TokenRows rows, int batchSize, int? maxTokens, int accumulation, long seed, MemoryBudget? memory = null)
    {
        (_rows, _batchSize, _maxTokens, _accumulation, _seed, _memory) = (rows, batchSize, maxTokens, accumulation, seed, memory);
        long stepRows = (long)batchSize * accumulation;
        // A short epoch has fewer steps to a stretch: sorted as one whole, it would make nearly the same batches every time.
        long stretchSteps = Math.Clamp(rows.Count / (4 * stepRows), 1, MaxStretchSteps);
        _stretchRows = (int)Math.Min(stepRows * stretchSteps, rows.Count);
    }

    /// <summary>Optimizer steps of an epoch.</summary>
    public long StepsIn(int epoch)
    {
        if (_maxTokens is not null) return Stretches(epoch).Sum(stretch => (long)stretch.Count);
        long stepRows = (long)_batchSize * _accumulation, rest = _rows.Count % _stretchRows;
        return _rows.Count / _stretchRows * Ceiling(_stretchRows, stepRows) + Ceiling(rest, stepRows);
    }

    /// <summary>The batches of an epoch from an optimizer step on.</summary>
    public IEnumerable<PlannedBatch> Epoch(int epoch, long firstStep = 0)
    {
        long step = 0;
        foreach (List<long[][]> stretch in Stretches(epoch))
        {
            foreach (long[][] batches in stretch)
            {
                if (step++ < firstStep) continue;
                int stepRows = batches.Sum(b => b.Length);
                long[][] parts = [.. batches.SelectMany(Fitting)];
                for (int i = 0; i < parts.Length; i++)
                    yield return new PlannedBatch(parts[i], stepRows, i == parts.Length - 1, epoch, step - 1);
            }
        }
    }

    /// <summary>Every row once, for an evaluation: stretches in their order, sorted by length within.</summary>
    public IEnumerable<long[]> InOrder()
    {
        for (long first = 0; first < _rows.Count; first += _stretchRows)
            foreach (long[] batch in Divide(SortedByLength(first, position => position)).SelectMany(Fitting)) yield return batch;
    }

    private IEnumerable<List<long[][]>> Stretches(int epoch)
    {
        var order = new RowPermutation(_rows.Count, SeedMixer.Mix(_seed, SeedMixer.Order, epoch));
        for (long first = 0; first < _rows.Count; first += _stretchRows)
        {
            List<long[][]> steps = [.. Divide(SortedByLength(first, position => order[position])).Chunk(_accumulation)];
            Shuffle(steps, SeedMixer.Mix(SeedMixer.Mix(_seed, SeedMixer.Order, epoch), SeedMixer.Order, first));
            yield return steps;
        }
    }

    // Longest first: the largest buffers of a stretch are allocated once. Rows of one length keep their random order.
    private long[] SortedByLength(long first, Func<long, long> order)
    {
        int count = (int)Math.Min(_stretchRows, _rows.Count - first);
        long[] rows = new long[count];
        (int, int)[] keys = new (int, int)[count];
        for (int i = 0; i < count; i++)
        {
            rows[i] = _rows[order(first + i)];
            keys[i] = (-_rows.Store.Length(rows[i]), i);
        }
        Array.Sort(keys, rows);
        return rows;
    }

    private IEnumerable<long[]> Divide(long[] sorted)
    {
        for (int first = 0; first < sorted.Length;)
        {
            int count = Math.Min(_batchSize, sorted.Length - first);
            if (_maxTokens is { } limit) count = Math.Clamp(limit / _rows.Store.Length(sorted[first]), 1, count);
            yield return sorted[first..(first + count)];
            first += count;
        }
    }

    private IEnumerable<long[]> Fitting(long[] batch) => _memory is null ? [batch] : _memory.Divide(_rows.Store, batch);

    private static void Shuffle<T>(List<T> items, long seed)
    {
        ulong state = (ulong)seed;
        for (int i = items.Count - 1; i > 0; i--)
        {
            state = SeedMixer.Finish(state);
            int other = (int)(state % (ulong)(i + 1));
            (items[i], items[other]) = (items[other], items[i]);
        }
    }

    private static long Ceiling(long a, long b) => (a + b - 1) / b;
}
