using System.Globalization;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>A task whose encoder learns through low-rank adapters alone (Hu et al. 2021); its head learns as ever.</summary>
internal sealed class AdaptedTask : TaskAround, IDisposable
{
    private const string Adapters = "adapters.", Adapted = "network.", Layers = "layers.";

    private readonly ITrainingTask _inner;
    private readonly Container _container;

    /// <param name="inner">The task of the plain network.</param>
    /// <param name="encoder">The encoder in that network, without adapters.</param>
    /// <param name="options">The adapters.</param>
    /// <param name="seed">Of their weights.</param>
    public AdaptedTask(ITrainingTask inner, TextEncoder encoder, LoraOptions options, long seed) : base(inner) =>
        (_inner, _container) = (inner, new Container(inner.Network, new LoraAdapters(encoder, options, seed)));

    public override nn.Module Network => _container;

    public override int LayerOf(string parameterName)
    {
        if (!parameterName.StartsWith(Adapters, StringComparison.Ordinal)) return _inner.LayerOf(parameterName[Adapted.Length..]);
        ReadOnlySpan<char> rest = parameterName.AsSpan(Adapters.Length + Layers.Length);
        return int.Parse(rest[..rest.IndexOf('.')], CultureInfo.InvariantCulture) + 1;
    }

    /// <summary>Makes plain weights of encoder and adapters.</summary>
    /// <param name="path">File that receives the adapters before; null = none.</param>
    public void Finish(string? path)
    {
        if (path is not null) LoraFile.Save(path, _container.Adapters);
        _container.Adapters.Merge();
    }

    public void Dispose() => _container.Adapters.Dispose();

    // What learns, and what it learns for: the loop moves, saves and restores both.
    private sealed class Container : nn.Module
    {
        public Container(nn.Module network, LoraAdapters adapters) : base(nameof(AdaptedTask))
        {
            Adapters = adapters;
            register_module(Adapted.TrimEnd('.'), network);
            register_module(AdaptedTask.Adapters.TrimEnd('.'), adapters);
        }

        public LoraAdapters Adapters { get; }
    }
}
