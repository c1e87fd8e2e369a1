using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>What a run changes in the process, put back at its end: libtorch's threads and the processor's random state.</summary>
internal sealed class TrainingEnvironment : IDisposable
{
    private readonly IDisposable _randomState;
    private readonly int? _threads;

    public TrainingEnvironment(TrainingOptions options)
    {
        TorchRuntime.EnsureLoaded();
        Device = Text.TorchDevice.Resolve(options.Device);
        _randomState = RandomState.Preserve();
        if (options.Threads is not { } threads) return;
        _threads = get_num_threads();
        set_num_threads(threads);
    }

    public Device Device { get; }

    /// <summary>Whether the processor computes.</summary>
    public bool OnProcessor => Device.type == DeviceType.CPU;

    public void Dispose()
    {
        if (_threads is { } threads) set_num_threads(threads);
        _randomState.Dispose();
    }
}
