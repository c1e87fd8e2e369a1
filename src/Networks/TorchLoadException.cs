namespace MLNet.Pretrain.Networks;

/// <summary>TorchSharp's native library did not load; the message names what was found and what is needed.</summary>
public sealed class TorchLoadException : Exception
{
    internal TorchLoadException(string message, Exception? inner) : base(message, inner)
    {
    }
}
