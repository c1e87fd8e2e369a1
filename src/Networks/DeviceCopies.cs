using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks;

/// <summary>What the processor has made, for the device that computes.</summary>
internal static class DeviceCopies
{
    /// <summary>The tensor on a device. An accelerator fetches it by itself from memory that stays in its place: nobody waits for what it has still to compute before, as an ordinary copy does.</summary>
    public static Tensor SentTo(this Tensor tensor, Device device)
    {
        if (device.type != DeviceType.CUDA || tensor.device_type != DeviceType.CPU) return tensor.to(device);
        using Tensor pinned = tensor.pin_memory();
        return pinned.to(device, non_blocking: true);   // libtorch keeps that memory until it has been fetched
    }
}
