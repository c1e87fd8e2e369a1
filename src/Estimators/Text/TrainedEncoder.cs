using System.Globalization;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>What every training task of an encoder says about it.</summary>
internal static class TrainedEncoder
{
    /// <summary>Depth of a parameter; see <see cref="Training.ITrainingTask.LayerOf"/>.</summary>
    /// <param name="parameterName">Its name in the trained network.</param>
    /// <param name="prefix">The encoder's name there, with a dot; empty where the encoder is the network.</param>
    /// <param name="layerCount">Layers of the encoder.</param>
    public static int LayerOf(string parameterName, string prefix, int layerCount)
    {
        string layers = prefix + "layers.";
        if (parameterName.StartsWith(prefix + "embeddings.", StringComparison.Ordinal)) return 0;
        // As pretrained as the layers, the last of which it stands on.
        if (parameterName.StartsWith(prefix + "pooler.", StringComparison.Ordinal)) return layerCount;
        if (!parameterName.StartsWith(layers, StringComparison.Ordinal)) return layerCount + 1;
        ReadOnlySpan<char> rest = parameterName.AsSpan(layers.Length);
        return int.Parse(rest[..rest.IndexOf('.')], CultureInfo.InvariantCulture) + 1;
    }

    /// <summary>Operations of the layers for a token, forward and backward: six a weight and token, attention 12 H T a layer whose heads are all there.</summary>
    public static double FlopsPerToken(TextEncoderConfig config, int sequenceLength)
    {
        double h = config.HiddenSize, attention = Enumerable.Range(0, config.LayerCount).Sum(layer => config.HeadsOf(layer).Length * config.HeadSize);
        return attention * (6 * 4 * h + 12 * sequenceLength) + config.LayerCount * 6 * 2 * h * config.IntermediateSize;
    }
}
