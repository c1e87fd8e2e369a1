using System.Globalization;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>What the fine-tunings of an encoder have in common, whatever its head.</summary>
internal static class TunedEncoder
{
    private const string LayerPrefix = "encoder.layers.";

    public static void CheckDropout(string owner, double? dropout)
    {
        if (dropout is not (null or (>= 0 and < 1))) throw new ArgumentException(FormattableString.Invariant($"{owner}: Dropout is {dropout}; expected null or a number in [0, 1)."));
    }

    /// <summary>A copy of an encoder with training's dropout and a new head.</summary>
    /// <param name="opened">Stays as it is.</param>
    /// <param name="dropout">Null = the encoder's.</param>
    /// <param name="labels">One an output.</param>
    /// <param name="seed">Of the head.</param>
    public static TextModel<SequenceClassifier> WithHead(TextModel<TextEncoder> opened, double? dropout, IReadOnlyList<string> labels, int seed)
    {
        TextEncoderConfig config = opened.Config.Encoder;
        if (dropout is { } given) config = config with { HiddenDropout = given, AttentionDropout = given };
        TextModel<TextEncoder> own = opened.CopyEncoder(config);
        double headDropout = dropout ?? opened.Config.ClassifierDropout ?? config.HiddenDropout;
        var network = new SequenceClassifier(own.Network, labels.Count, headDropout, seed);
        return new TextModel<SequenceClassifier>(network, own.Tokenizer, own.Config with { Labels = labels, ClassifierDropout = headDropout });
    }

    /// <summary>The tokens that a row may have: what the options want, and no more than there are positions.</summary>
    public static int MaxLength(TextModel<TextEncoder> opened, int wanted) => opened.ResolveMaxLength(wanted == 0 ? 0 : Math.Min(wanted, opened.Config.Encoder.MaxSequenceLength));

    /// <summary>The depth of a parameter of a network whose encoder is called so: 0 = embeddings, layers + 1 = the head.</summary>
    public static int LayerOf(string parameterName, int layers)
    {
        if (parameterName.StartsWith("encoder.embeddings.", StringComparison.Ordinal)) return 0;
        if (!parameterName.StartsWith(LayerPrefix, StringComparison.Ordinal)) return layers + 1;
        ReadOnlySpan<char> rest = parameterName.AsSpan(LayerPrefix.Length);
        return int.Parse(rest[..rest.IndexOf('.')], CultureInfo.InvariantCulture) + 1;
    }
}
