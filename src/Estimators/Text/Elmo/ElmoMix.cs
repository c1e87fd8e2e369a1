using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using static TorchSharp.torch;
using AdamW = MLNet.Pretrain.Training.AdamW;
using Linear = TorchSharp.Modules.Linear;
using Parameter = TorchSharp.Modules.Parameter;

namespace MLNet.Pretrain.Text;

/// <summary>A mix of layers, learnt together with a linear classifier of it.</summary>
/// <param name="Weights">Before the softmax.</param>
/// <param name="Scale">Of the mix.</param>
internal sealed record ElmoMix(float[] Weights, float Scale)
{
    private const int BatchRows = 256, MinSteps = 500;

    /// <summary>The layers' parts of the mix.</summary>
    public IEnumerable<double> Shares
    {
        get
        {
            double[] powers = [.. Weights.Select(w => Math.Exp(w - Weights.Max()))];
            return powers.Select(p => p / powers.Sum());
        }
    }

    /// <param name="layers">[N, layers, D]</param>
    /// <param name="layerCount">Layers.</param>
    /// <param name="classes">[N]</param>
    /// <param name="options">How long and how fast.</param>
    /// <param name="seed">Of the rows' order.</param>
    /// <param name="checkCancellation">Called before every step.</param>
    public static ElmoMix Learn(float[] layers, int layerCount, long[] classes, ElmoMixOptions options, int seed, Action checkCancellation)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor features = tensor(layers).view(classes.Length, layerCount, -1), labels = tensor(classes);
        // Each layer less its mean, which a bias would take up, and all of one size: learning needs no other rate for a larger network.
        features.add_(features.mean([0], keepdim: true), HeldScalars.MinusOne);
        double size = features.norm().item<float>() / Math.Sqrt(features.numel());
        if (!(size > 0)) size = 1;   // texts without a known difference
        features.ScaleBy(1 / size);

        using var network = new Mixture(layerCount, features.shape[2], classes.Max() + 1);
        using var optimizer = new AdamW([new ParameterGroup([.. network.named_parameters()], 1, 0)], 0.9, 0.999, 1e-8);
        long steps = Math.Max(MinSteps, (long)options.Epochs * (classes.Length + BatchRows - 1) / BatchRows), step = 0;
        using var generator = new Generator((ulong)seed);
        while (step < steps)
        {
            using DisposeScope pass = NewDisposeScope();
            Tensor order = randperm(classes.Length, int64, generator: generator);
            for (long first = 0; first < classes.Length && step < steps; first += BatchRows, step++)
            {
                checkCancellation();
                using DisposeScope inner = NewDisposeScope();
                Tensor rows = order.narrow(0, first, Math.Min(BatchRows, classes.Length - first));
                Tensor loss = nn.functional.cross_entropy(network.forward(features.index_select(0, rows)), labels.index_select(0, rows))
                    .Plus(network.Penalty().Times(options.MixRegularization));
                optimizer.ZeroGrad();
                loss.backward();
                optimizer.Step(options.LearningRate * (steps - step) / steps);
            }
        }
        return network.Result((float)size);
    }

    // The mix, and a linear layer on top of it.
    private sealed class Mixture : nn.Module<Tensor, Tensor>
    {
        private readonly Parameter _weights, _scale;
        private readonly Linear _classifier;

        public Mixture(int layers, long size, long classes) : base(nameof(Mixture))
        {
            using var construction = new ConstructionScope();
            _weights = new Parameter(zeros(layers));
            _scale = new Parameter(ones(1));
            _classifier = nn.Linear(size, classes);
            using (no_grad())
            {
                _classifier.weight!.zero_();
                _classifier.bias!.zero_();
            }
            RegisterComponents();
            construction.Keep(this);
        }

        public override Tensor forward(Tensor layers)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor mixed = (layers * _weights.softmax(0).view(1, -1, 1)).sum(1) * _scale;
            return _classifier.forward(mixed).MoveToOuterDisposeScope();
        }

        public Tensor Penalty() => _weights.square().sum();

        // What the classifier saw, but for the layers' means.
        public ElmoMix Result(float size) => new(_weights.detach().data<float>().ToArray(), _scale.detach().item<float>() / size);
    }
}
