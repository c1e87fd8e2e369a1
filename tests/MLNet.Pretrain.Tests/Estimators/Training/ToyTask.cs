using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Training;

/// <summary>A real classifier of a few rows, that is watched after every step and can be told what its evaluations give.</summary>
internal sealed class ToyTask : ITrainingTask, IDisposable
{
    private const int Layers = 2;

    private readonly SequenceClassifier _network;
    private readonly TextClassificationTask _inner;

    public ToyTask(int seed = 1)
    {
        MLNet.Pretrain.Networks.TorchRuntime.EnsureLoaded();
        var config = new TextEncoderConfig { VocabSize = 50, HiddenSize = 8, LayerCount = Layers, HeadCount = 1, IntermediateSize = 8, HasPooler = false };
        _network = new SequenceClassifier(new TextEncoder(config, 1), 2, 0, seed);
        _inner = new TextClassificationTask(_network, Layers, name => TrainedEncoder.LayerOf(name, "encoder.", Layers), new FineTuneTextOptions());
    }

    /// <summary>Weights after each step.</summary>
    public List<Dictionary<string, float[]>> Steps { get; } = [];

    /// <summary>Numbers of the rows of each evaluation.</summary>
    public List<long[]> Evaluated { get; } = [];

    /// <summary>What evaluations give, one after the other; null = what they are.</summary>
    public Queue<double>? Accuracies { get; init; }

    /// <summary>A factor on the loss: NaN ruins it.</summary>
    public double LossFactor { get; init; } = 1;

    /// <summary>Called with every batch before its loss.</summary>
    public Action<TrainingBatch>? BeforeLoss { get; init; }

    public nn.Module Network => _network;

    public int LayerCount => Layers;

    public string SelectionMetric => _inner.SelectionMetric;

    public bool HigherIsBetter => _inner.HigherIsBetter;

    public int LayerOf(string parameterName) => _inner.LayerOf(parameterName);

    public Tensor Loss(TrainingBatch batch)
    {
        BeforeLoss?.Invoke(batch);
        return _inner.Loss(batch) * LossFactor;
    }

    public void AfterStep(AdamW optimizer) => Steps.Add(Weights());

    public IReadOnlyDictionary<string, double> Evaluate(IEnumerable<TrainingBatch> batches)
    {
        var rows = new List<long>();
        IReadOnlyDictionary<string, double> metrics = _inner.Evaluate(batches.Select(batch =>
        {
            rows.AddRange(batch.RowIndices);
            return batch;
        }));
        Evaluated.Add([.. rows.Order()]);
        return Accuracies is { Count: > 0 } told ? new Dictionary<string, double> { ["Accuracy"] = told.Dequeue(), ["Loss"] = 0 } : metrics;
    }

    /// <summary>The weights now, by name.</summary>
    public Dictionary<string, float[]> Weights() => _network.named_parameters().ToDictionary(p => p.name, p =>
    {
        using DisposeScope scope = NewDisposeScope();
        return p.parameter.detach().to(float32).data<float>().ToArray();
    });

    /// <summary>Sixty short rows, one token of which tells the class.</summary>
    public static TokenStore Rows()
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(50, 0, false, LabelKind.Class));
        for (int row = 0; row < 60; row++) writer.Append([2, row % 2 + 10, .. Enumerable.Range(0, 4).Select(i => (row * 7 + i * 3) % 35 + 15)], 6, row % 2);
        return writer.Complete();
    }

    public bool IsDisposed { get; private set; }

    public void Dispose()
    {
        _network.Dispose();
        IsDisposed = true;
    }
}
