using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>A small batch of random chains, masks with gaps and empty rows among them, and what enumerating every sequence says of it.</summary>
internal sealed class RandomChains
{
    private readonly float[,,] _emissions;
    private readonly float[] _starts, _ends;
    private readonly float[,] _transitions;

    public RandomChains(int seed, double scale, bool withRules)
    {
        var random = new Random(seed);
        (int rows, int width) = (random.Next(1, 4), random.Next(1, 6));
        TagCount = random.Next(1, 5);
        Mask = new bool[rows, width];
        (_emissions, Tags) = (new float[rows, width, TagCount], new long[rows, width]);
        for (int row = 0; row < rows; row++)
        {
            // Of a row's places: all, some of them, one, or (seldom) none.
            double part = random.Next(8) == 0 ? 0 : random.NextDouble() < 0.4 ? 1 : random.NextDouble();
            int one = part > 0 ? random.Next(width) : -1;
            for (int place = 0; place < width; place++)
            {
                Mask[row, place] = place == one || random.NextDouble() < part;
                Tags[row, place] = Mask[row, place] ? random.Next(TagCount) : -7;
                for (int tag = 0; tag < TagCount; tag++) _emissions[row, place, tag] = Mask[row, place] ? Draw() : float.NaN;
            }
        }
        Crf = new LinearChainCrf(TagCount, seed);
        (_starts, _ends, _transitions) = (new float[TagCount], new float[TagCount], new float[TagCount, TagCount]);
        for (int from = 0; from < TagCount; from++)
        {
            (_starts[from], _ends[from]) = (Draw(), Draw());
            for (int to = 0; to < TagCount; to++) _transitions[from, to] = Draw();
        }
        using (no_grad())
        {
            Crf.get_parameter("start_transitions")!.copy_(tensor(_starts));
            Crf.get_parameter("end_transitions")!.copy_(tensor(_ends));
            Crf.get_parameter("transitions")!.copy_(tensor(_transitions));
        }
        if (!withRules) return;
        bool[] Some(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextDouble() < 0.7)];
        bool[,] steps = new bool[TagCount, TagCount];
        for (int from = 0; from < TagCount; from++)
            for (int to = 0; to < TagCount; to++) steps[from, to] = random.NextDouble() < 0.7;
        var rules = new TagRules(steps, Some(TagCount), Some(TagCount));
        Rules = rules;
        if (Enumerable.Range(0, rows).Any(row => !Sequences(row).Any())) Rules = null;
        // Tags to learn that follow the rules.
        for (int row = 0; row < rows && Rules is not null; row++)
        {
            int[][] all = [.. Sequences(row).Select(s => s.Tags)];
            int[] chosen = all[random.Next(all.Length)];
            foreach ((int i, int place) in Places(row).Index()) Tags[row, place] = chosen[i];
        }

        float Draw() => (float)((random.NextDouble() * 2 - 1) * scale);
    }

    public LinearChainCrf Crf { get; }

    public TagRules? Rules { get; private set; }

    public int TagCount { get; }

    public bool[,] Mask { get; }

    public long[,] Tags { get; }

    public int Rows => Mask.GetLength(0);

    public Tensor Emissions => tensor(_emissions);

    public int[] Places(int row) => [.. Enumerable.Range(0, Mask.GetLength(1)).Where(place => Mask[row, place])];

    /// <summary>Every sequence that the rules allow, with its score.</summary>
    public IEnumerable<(int[] Tags, double Score)> Sequences(int row)
    {
        int[] places = Places(row);
        for (int code = 0; code < Math.Pow(TagCount, places.Length); code++)
        {
            int[] tags = [.. places.Select((_, i) => code / (int)Math.Pow(TagCount, i) % TagCount)];
            if (Allowed(tags)) yield return (tags, Score(row, places, tags));
        }
    }

    /// <summary>log of the sum of exp(score) over the sequences for which it holds.</summary>
    public double LogSum(int row, Func<int[], bool> holds)
    {
        double[] scores = [.. Sequences(row).Where(s => holds(s.Tags)).Select(s => s.Score)];
        return scores.Length == 0 ? double.NegativeInfinity : scores.Max() + Math.Log(scores.Sum(score => Math.Exp(score - scores.Max())));
    }

    public double Probability(int row, Func<int[], bool> holds) => Math.Exp(LogSum(row, holds) - LogSum(row, _ => true));

    private bool Allowed(int[] tags) => Rules is null || tags.Length == 0
        || (Rules.AllowsStart(tags[0]) && Rules.AllowsEnd(tags[^1]) && tags.Zip(tags.Skip(1)).All(step => Rules.Allows(step.First, step.Second)));

    private double Score(int row, int[] places, int[] tags)
    {
        if (tags.Length == 0) return 0;
        double score = (double)_starts[tags[0]] + _ends[tags[^1]];
        for (int i = 0; i < tags.Length; i++) score += (double)_emissions[row, places[i], tags[i]] + (i > 0 ? _transitions[tags[i - 1], tags[i]] : 0);
        return score;
    }
}
