using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>What a device reaches at best: the rate of a product of two large matrices.</summary>
internal static class PeakFlops
{
    private const int Rounds = 3;

    /// <returns>Floating-point operations a second, the best of a few rounds.</returns>
    public static double Measure(Device device, TrainingPrecision precision)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        ScalarType type = precision == TrainingPrecision.BFloat16 ? ScalarType.BFloat16 : ScalarType.Float32;
        // What an accelerator computes before it is waited for takes long beside the waiting.
        (long size, int products) = device.type == DeviceType.CPU ? (2048, 1) : (4096, 10);
        // Ones, for random numbers would move the state that dropout draws from.
        Tensor a = ones([size, size], type, device), b = ones([size, size], type, device);
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            for (int product = 1; product < products; product++) matmul(a, b).Dispose();
            matmul(a, b)[0, 0].to(float32).item<float>();   // reading a value waits for the device
            best = Math.Max(best, 2.0 * products * size * size * size / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
