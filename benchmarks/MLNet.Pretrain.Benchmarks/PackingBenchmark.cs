using System.Diagnostics;
using Microsoft.ML;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Real tokens a second of masked-language-model training on real text: packed, sorted by length, and as it comes, padded to the longest text of each batch or to the limit.</summary>
internal static class PackingBenchmark
{
    private const int VocabularySize = 8192, MaxLength = 128, Rows = 32, WarmUp = 3;

    public static void Run(string[] texts, int layers, int hidden, TrainingPrecision precision, int steps, int rounds)
    {
        TorchRuntime.EnsureLoaded();
        var ml = new MLContext(1);
        IDataView data = ml.Data.LoadFromEnumerable(texts.Select(t => new Row { Text = t }));
        var encoder = new ScratchEncoder { LayerCount = layers, HiddenSize = hidden, HeadCount = Math.Max(1, hidden / 64), VocabularySize = VocabularySize, MaxPositions = MaxLength };
        using TextModel<TextEncoder> model = TextEncoderSource.FromScratch(encoder).Open(data, "Text", null, 1, () => { });
        var tokens = new PretrainingTokens(model.Tokenizer, null);
        using SentenceStore sentences = new SentenceReader(tokens, split: false, () => { }).Read(data, "Text", null);
        Console.WriteLine(FormattableString.Invariant($"{texts.Length} texts of {(double)sentences.TokenCount / texts.Length:0.0} tokens, cut at {MaxLength}; {layers}x{hidden} {precision}, {Rows} rows a batch, {steps} steps"));
        (string Name, SequencePacking Packing, Order Order)[] ways =
        [
            ("packed", SequencePacking.FullSequences, Order.Sorted), ("a text a row, sorted by length", SequencePacking.Documents, Order.Sorted),
            ("a text a row, padded to the longest of the batch", SequencePacking.Documents, Order.Random), ("a text a row, padded to the limit", SequencePacking.Documents, Order.RandomToLimit),
        ];
        var rates = ways.ToDictionary(w => w.Name, _ => new List<double>());
        for (int round = 0; round < rounds; round++)
            foreach ((string name, SequencePacking packing, Order order) in ways) rates[name].Add(Rate(model, tokens, sentences, packing, order, precision, steps));
        double packed = Median(rates["packed"]);
        foreach ((string name, List<double> list) in rates) Console.WriteLine(FormattableString.Invariant($"{name,-50} {Median(list),8:0} real tokens/s, packed : this = {packed / Median(list):0.00}"));
    }

    private enum Order
    {
        Sorted,
        Random,
        RandomToLimit,
    }

    // Real tokens a second of one run with weights of its own.
    private static double Rate(TextModel<TextEncoder> model, PretrainingTokens tokens, SentenceStore sentences, SequencePacking packing, Order order, TrainingPrecision precision, int steps)
    {
        var options = new PretrainBertOptions { Packing = packing, MaxLength = MaxLength, BatchSize = Rows, Precision = precision, Dropout = 0, Seed = 1 };
        using TokenStore store = PretrainingRows.Write(sentences, tokens, options, MaxLength, 1, () => { });
        TextEncoderConfig config = model.Config.Encoder with { HiddenDropout = 0, AttentionDropout = 0 };
        using var network = new PretrainingNetwork(new TextEncoder(config, 1), new PretrainingHeads(new MaskedLanguageModelHead(config, 1), null));
        var task = new PretrainBertTask(network, new PretrainingBatches(tokens, options), options, store.LongestRow);
        using var placed = new PlacedNetwork(task, options, CPU, "benchmark");
        using var optimizer = new AdamW([new ParameterGroup(placed.Learning, 1, 0.01)], 0.9, 0.98, 1e-6);
        IEnumerable<PlannedBatch> plan = order == Order.Sorted ? Endless(epoch => new BatchSampler(store.All, Rows, null, 1, 1).Epoch(epoch)) : Endless(epoch => Random(store.Count, epoch));
        network.train();
        using var loader = new BatchLoader(store, plan, task.Prepare, 1);
        (long real, long start) = (0, 0);
        for (int step = 0; step < WarmUp + steps; step++)
        {
            if (step == WarmUp) (real, start) = (0, Stopwatch.GetTimestamp());
            using DisposeScope scope = NewDisposeScope();
            if (!loader.TryTake(out _, out TrainingBatch batch)) throw new InvalidOperationException("The plan ended.");
            using TrainingBatch padded = order == Order.RandomToLimit ? ToLimit(batch) : batch;
            optimizer.ZeroGrad();
            task.Loss(padded).backward();
            optimizer.ClipGradients(1);
            optimizer.Step(1e-4);
            real += padded.Tokens;
        }
        return real / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static IEnumerable<PlannedBatch> Endless(Func<int, IEnumerable<PlannedBatch>> epoch)
    {
        for (int i = 0; ; i++)
            foreach (PlannedBatch batch in epoch(i)) yield return batch;
    }

    private static IEnumerable<PlannedBatch> Random(long rows, int epoch)
    {
        var order = new RowPermutation(rows, epoch + 1);
        for (long step = 0; (step + 1) * Rows <= rows; step++)
            yield return new PlannedBatch([.. Enumerable.Range(0, Rows).Select(i => order[step * Rows + i])], Rows, true, epoch, step);
    }

    // The batch with every row padded to the limit, as a data collator with max_length does.
    private static TrainingBatch ToLimit(TrainingBatch batch)
    {
        using DisposeScope scope = NewDisposeScope();
        long length = batch.InputIds.shape[1];
        Tensor mask = batch.AttentionMask ?? ones_like(batch.InputIds);
        var wide = new TrainingBatch
        {
            InputIds = nn.functional.pad(batch.InputIds, [0, MaxLength - length]).DetachFromDisposeScope(),
            AttentionMask = nn.functional.pad(mask, [0, MaxLength - length]).DetachFromDisposeScope(),
            Labels = batch.Labels.alias().DetachFromDisposeScope(),
            Positions = (batch.Positions!.div(length, RoundingMode.floor) * MaxLength + batch.Positions.remainder(length)).DetachFromDisposeScope(),
            Targets = batch.Targets!.alias().DetachFromDisposeScope(),
            RowIndices = batch.RowIndices,
            Tokens = batch.Tokens,
        };
        batch.Dispose();
        return wide;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
