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
    private readonly nn.Module _network;
    private readonly string _deviceName;
    private readonly ScalarType _type;
    private readonly SemaphoreSlim _forwards;
    private readonly Lock _placing = new(), _takingAll = new();
    private readonly int _maxParallelForwards;
    private Device? _device;
    private volatile bool _disposed;
    private long _runs;

    public TextNetworkRunner(nn.Module network, string device, ScoringPrecision precision, int maxParallelForwards)
    {
        TorchRuntime.EnsureLoaded();
        (_network, _deviceName, _maxParallelForwards) = (network, device, maxParallelForwards);
        _type = precision == ScoringPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        _forwards = new SemaphoreSlim(maxParallelForwards, maxParallelForwards);
        network.eval();
        foreach (var parameter in network.parameters()) parameter.requires_grad = false;
    }

    /// <summary>Windows computed so far: tests of laziness count them.</summary>
    public long Runs => Interlocked.Read(ref _runs);

    /// <summary>Runs <paramref name="work"/> with gradients off; tensors that it makes die when it returns.</summary>
    public void Run(Action<Device> work)
    {
        Device device = Place();
        _forwards.Wait();
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(TextEncoderTransformer));
            Interlocked.Increment(ref _runs);
            using IDisposable inference = inference_mode();
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
        ObjectDisposedException.ThrowIf(_disposed, typeof(TextEncoderTransformer));
        lock (_placing)
        {
            if (_device is not null) return _device;
            Device device = TorchDevice.Resolve(_deviceName);
            _network.to(device, _type);
            return _device = device;
        }
    }
}
