using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Networks.Text.Engine;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Runs a network for scoring: on its device, in its precision, a bounded number of forward passes at a time, leaving no tensor behind.
/// The network is moved, and its encoder packed, on first use, so that loading a pipeline costs nothing that scoring does not need.
/// </summary>
internal sealed class TextNetworkRunner : IDisposable
{
    private readonly nn.Module[] _networks;
    private readonly TextEncoder[] _encoders;
    private readonly string _deviceName;
    private readonly ScoringPrecision _precision;
    private readonly SemaphoreSlim _forwards;
    private readonly Lock _placing = new(), _takingAll = new();
    private readonly int _maxParallelForwards;
    private IHost? _host;
    private Device? _device;
    private volatile bool _disposed;
    private long _runs;

    /// <param name="network">What scores.</param>
    /// <param name="device">Where.</param>
    /// <param name="precision">In what arithmetic.</param>
    /// <param name="maxParallelForwards">At most so many passes at a time.</param>
    /// <param name="companion">A network that goes wherever the first one goes; null = none.</param>
    /// <exception cref="ArgumentException">8-bit products are asked of a network without an encoder.</exception>
    public TextNetworkRunner(nn.Module network, string device, ScoringPrecision precision, int maxParallelForwards, nn.Module? companion = null)
    {
        TorchRuntime.EnsureLoaded();
        (_networks, _deviceName, _maxParallelForwards) = (companion is null ? [network] : [network, companion], device, maxParallelForwards);
        _encoders = [.. network.modules().Prepend(network).OfType<TextEncoder>().Distinct()];
        if (precision == ScoringPrecision.Int8 && _encoders.Length == 0)
            throw new ArgumentException($"Precision is {precision}, but the network ({network.GetName()}) has no BERT-like encoder, whose products alone are computed in 8 bits; expected Float32, BFloat16 or Auto.", nameof(precision));
        _precision = precision;
        _forwards = new SemaphoreSlim(maxParallelForwards, maxParallelForwards);
        foreach (nn.Module module in _networks)
        {
            module.eval();
            foreach (var parameter in module.parameters()) parameter.requires_grad = false;
        }
    }

    /// <summary>Windows computed so far: tests of laziness count them.</summary>
    public long Runs => Interlocked.Read(ref _runs);

    /// <summary>How the encoder is computed, and why not by a packed engine where it is not; null before the first use and where there is no encoder.</summary>
    public string? Engine { get; private set; }

    /// <summary>Batches that may be computed at once: a core each.</summary>
    public int Cores => TorchDevice.Resolve(_deviceName).type == DeviceType.CPU ? TorchThreads.Count : 1;

    /// <summary>Writes the choice of engine to a log when it is made.</summary>
    public void LogTo(IHostEnvironment env) => _host = env.Register("Scoring");

    /// <summary>Runs <paramref name="work"/> with gradients off; tensors that it makes die when it returns.</summary>
    /// <param name="work">Told where the network is.</param>
    /// <param name="inference">False: gradients are as the caller's thread has them, for work that takes them itself.</param>
    public void Run(Action<Device> work, bool inference = true) => Pass(device => Alone(() => work(device), inference));

    /// <summary>The same for work that is in pieces which do not depend on each other: as many at once as there are <see cref="Cores"/>, each with tensors of its own.</summary>
    /// <param name="pieces">How many.</param>
    /// <param name="work">Told which piece, and where the network is.</param>
    public void RunEach(int pieces, Action<int, Device> work) => Pass(device => TorchThreads.ForEach(pieces, Cores, piece => Alone(() => work(piece, device), inference: true)));

    /// <summary>Runs <paramref name="work"/> while nothing scores, so that weights may be read.</summary>
    public void WhileIdle(Action work)
    {
        TakeAll();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(TextEncoderTransformer));
            work();
        }
        finally
        {
            _forwards.Release(_maxParallelForwards);
        }
    }

    public void Dispose()
    {
        TakeAll();   // never free weights under a running pass
        if (!_disposed) RemoveEngines();
        _disposed = true;
        _forwards.Release(_maxParallelForwards);
    }

    private void Pass(Action<Device> work)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(TextEncoderTransformer));
        _forwards.Wait();
        try
        {
            // A pass of its own: whoever has them all reads weights that are not being moved.
            Device device = Place();
            Interlocked.Increment(ref _runs);
            work(device);
        }
        finally
        {
            _forwards.Release();
        }
    }

    // Modes and scopes are a thread's own.
    private static void Alone(Action work, bool inference)
    {
        using IDisposable mode = inference_mode(inference);
        using var scope = NewDisposeScope();
        work();
    }

    // One at a time: two that each held a part of the passes would wait for each other.
    private void TakeAll()
    {
        lock (_takingAll)
        {
            for (int i = 0; i < _maxParallelForwards; i++) _forwards.Wait();
        }
    }

    private Device Place()
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(TextEncoderTransformer));   // while it waited
        lock (_placing)
        {
            if (_device is not null) return _device;
            Device device = TorchDevice.Resolve(_deviceName);
            ScalarType type = _precision switch
            {
                ScoringPrecision.BFloat16 => ScalarType.BFloat16,
                ScoringPrecision.Auto => ProcessorFeatures.FastestType(device),
                _ => ScalarType.Float32,
            };
            // What a move makes on the way shares the weights' memory: an accelerator's would wait for the collector.
            using (NewDisposeScope()) foreach (nn.Module module in _networks) module.to(device, type);
            foreach (TextEncoder encoder in _encoders) SetEngine(encoder);
            _device = device;
        }
        if (Engine is not null) Log();
        return _device;
    }

    private void SetEngine(TextEncoder encoder)
    {
        encoder.Engine?.Dispose();   // of a first use that failed
        encoder.Engine = EncoderEngines.Create(encoder, _precision == ScoringPrecision.Int8, out string? why);
        Engine = why is null ? encoder.Engine.Description : $"{encoder.Engine.Description}, because {why}";
    }

    private void Log()
    {
        using IChannel? channel = _host?.Start(nameof(Engine));
        channel?.Info(MessageSensitivity.None, "{0}", $"The encoder is computed by the engine: {Engine}.");
    }

    private void RemoveEngines()
    {
        foreach (TextEncoder encoder in _encoders)
        {
            encoder.Engine?.Dispose();
            encoder.Engine = null;
        }
    }
}
