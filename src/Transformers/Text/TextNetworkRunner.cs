using MLNet.Pretrain.Networks;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Runs a network for scoring: on its device, in its precision, a bounded number of forward passes at a time, leaving no tensor behind.
/// The network is moved on first use, so that loading a pipeline costs nothing that scoring does not need.
/// </summary>
internal sealed class TextNetworkRunner : IDisposable
{
    private readonly nn.Module[] _networks;
    private readonly string _deviceName;
    private readonly ScoringPrecision _precision;
    private readonly SemaphoreSlim _forwards;
    private readonly Lock _placing = new(), _takingAll = new();
    private readonly int _maxParallelForwards;
    private Device? _device;
    private volatile bool _disposed;
    private long _runs;

    /// <param name="network">What scores.</param>
    /// <param name="device">Where.</param>
    /// <param name="precision">In what arithmetic.</param>
    /// <param name="maxParallelForwards">At most so many passes at a time.</param>
    /// <param name="companion">A network that goes wherever the first one goes; null = none.</param>
    public TextNetworkRunner(nn.Module network, string device, ScoringPrecision precision, int maxParallelForwards, nn.Module? companion = null)
    {
        TorchRuntime.EnsureLoaded();
        (_networks, _deviceName, _maxParallelForwards) = (companion is null ? [network] : [network, companion], device, maxParallelForwards);
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

    /// <summary>Runs <paramref name="work"/> with gradients off; tensors that it makes die when it returns.</summary>
    /// <param name="work">Told where the network is.</param>
    /// <param name="inference">False: gradients are as the caller's thread has them, for work that takes them itself.</param>
    public void Run(Action<Device> work, bool inference = true)
    {
        ObjectDisposedException.ThrowIf(_disposed, typeof(TextEncoderTransformer));
        _forwards.Wait();
        try
        {
            // A pass of its own: whoever has them all reads weights that are not being moved.
            Device device = Place();
            Interlocked.Increment(ref _runs);
            using IDisposable mode = inference_mode(inference);
            using var scope = NewDisposeScope();
            work(device);
        }
        finally
        {
            _forwards.Release();
        }
    }

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
        _disposed = true;
        _forwards.Release(_maxParallelForwards);
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
            foreach (nn.Module module in _networks) module.to(device, type);
            return _device = device;
        }
    }
}
