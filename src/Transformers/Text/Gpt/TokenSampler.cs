namespace MLNet.Pretrain.Text;

/// <summary>Chooses the next token by its scores: repetition penalty, temperature, top-k, top-p, in this order. One a text: it draws from a generator of its own.</summary>
internal sealed class TokenSampler(GenerationOptions options, int seed)
{
    private readonly Random _random = new(seed);
    private readonly PriorityQueue<int, (double, int)> _likeliest = new();
    private double[] _scores = [];
    private int[] _candidates = [];

    /// <param name="logits">A score a token.</param>
    /// <param name="seen">Tokens of the context and the text so far.</param>
    /// <exception cref="InvalidOperationException">A score is not a number.</exception>
    public int Choose(ReadOnlySpan<float> logits, IReadOnlySet<int> seen)
    {
        if (_scores.Length != logits.Length) (_scores, _candidates) = (new double[logits.Length], new int[logits.Length]);
        for (int i = 0; i < logits.Length; i++) _scores[i] = logits[i];
        if (options.RepetitionPenalty != 1) Penalise(seen);
        int best = Best();
        if (options.Temperature == 0) return best;

        double top = _scores[best];
        for (int i = 0; i < _scores.Length; i++) _scores[i] = (_scores[i] - top) / options.Temperature;   // the highest is 0
        int count = TopK();
        double sum = 0;
        for (int i = 0; i < count; i++) sum += _scores[_candidates[i]] = Math.Exp(_scores[_candidates[i]]);
        if (options.TopP < 1) (count, sum) = TopP(count, sum);
        double draw = _random.NextDouble() * sum;
        for (int i = 0; i < count - 1; i++)
            if ((draw -= _scores[_candidates[i]]) < 0) return _candidates[i];
        return _candidates[count - 1];
    }

    private void Penalise(IReadOnlySet<int> seen)
    {
        foreach (int id in seen)
            if (id < _scores.Length) _scores[id] = _scores[id] > 0 ? _scores[id] / options.RepetitionPenalty : _scores[id] * options.RepetitionPenalty;
    }

    private int Best()
    {
        int best = 0;
        for (int i = 0; i < _scores.Length; i++)
        {
            if (double.IsNaN(_scores[i])) throw new InvalidOperationException($"The network's score of token {i} is not a number; its weights are damaged, or training diverged.");
            if (_scores[i] > _scores[best]) best = i;
        }
        return best;
    }

    // Fills the candidates; of equal scores the lower ids stay.
    private int TopK()
    {
        if (options.TopK == 0 || options.TopK >= _scores.Length)
        {
            for (int i = 0; i < _scores.Length; i++) _candidates[i] = i;
            return _scores.Length;
        }
        _likeliest.Clear();
        for (int i = 0; i < _scores.Length; i++)
        {
            if (_likeliest.Count < options.TopK) _likeliest.Enqueue(i, (_scores[i], -i));
            else if (_scores[i] > _scores[_likeliest.Peek()]) _likeliest.DequeueEnqueue(i, (_scores[i], -i));
        }
        for (int i = _likeliest.Count - 1; i >= 0; i--) _candidates[i] = _likeliest.Dequeue();
        return options.TopK;
    }

    private (int Count, double Sum) TopP(int count, double sum)
    {
        // Tokens below this have less than 1 - p together, so the likeliest are found without them.
        double least = (1 - options.TopP) * sum / count;
        int kept = 0;
        for (int i = 0; i < count; i++)
            if (_scores[_candidates[i]] >= least) _candidates[kept++] = _candidates[i];
        _candidates.AsSpan(0, kept).Sort((a, b) => _scores[b] != _scores[a] ? _scores[b].CompareTo(_scores[a]) : a.CompareTo(b));
        double reached = 0;
        for (int i = 0; i < kept; i++)
        {
            reached += _scores[_candidates[i]];
            if (reached >= options.TopP * sum) return (i + 1, reached);
        }
        return (kept, reached);
    }
}
