using TorchSharp;

namespace MLNet.Pretrain.Text;

/// <summary>Device names as users write them.</summary>
internal static class TorchDevice
{
    public static void Validate(string name, string owner)
    {
        if (name is "cpu" or "cuda" or "auto") return;
        if (name?.StartsWith("cuda:", StringComparison.Ordinal) == true && int.TryParse(name.AsSpan(5), out int index) && index >= 0) return;
        throw new ArgumentException($"{owner}: Device is '{name}'; expected 'cpu', 'cuda', 'cuda:<index>' or 'auto'.");
    }

    /// <summary>The device of that name.</summary>
    /// <exception cref="InvalidOperationException">CUDA was asked for by name and there is none.</exception>
    public static torch.Device Resolve(string name)
    {
        if (name == "cpu" || (name == "auto" && !torch.cuda.is_available())) return torch.CPU;
        if (!torch.cuda.is_available())
            throw new InvalidOperationException($"Device is '{name}', but no CUDA device was found. Reference TorchSharp-cuda-linux or TorchSharp-cuda-windows, check the driver, or set Device to 'cpu' or 'auto'.");
        int index = name.StartsWith("cuda:", StringComparison.Ordinal) ? int.Parse(name.AsSpan(5), System.Globalization.CultureInfo.InvariantCulture) : 0;
        if (index >= torch.cuda.device_count())
            throw new InvalidOperationException($"Device is '{name}', but this machine has {torch.cuda.device_count()} CUDA devices; expected an index below that.");
        return torch.device(DeviceType.CUDA, index);
    }
}
