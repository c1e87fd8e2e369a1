using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// A convolution along a text, written as the product that it is: every window of words by every filter. oneDNN's convolution of libtorch 2.10 gives wrong gradients for
/// small channels on some processors (seen on Zen 5: values off, or not numbers), where products are right.
/// </summary>
internal static class WindowProduct
{
    /// <summary>Each filter at each place.</summary>
    /// <param name="signal">[B, T, C]</param>
    /// <param name="filters">[F, C, width]</param>
    /// <param name="bias">[F]</param>
    /// <returns>[B, T - width + 1, F]</returns>
    public static Tensor Of(Tensor signal, Tensor filters, Tensor? bias)
    {
        Tensor windows = signal.unfold(1, filters.shape[2], 1);   // [B, T - width + 1, C, width]
        return nn.functional.linear(windows.flatten(2), filters.flatten(1), bias);
    }
}
