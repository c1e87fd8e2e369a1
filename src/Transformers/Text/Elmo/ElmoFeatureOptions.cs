namespace MLNet.Pretrain.Text;

/// <summary>Which vectors an <see cref="ElmoTransformer"/> gives and how it computes them. Saved with it.</summary>
public sealed record ElmoFeatureOptions
{
    /// <summary>Column to read: text, or a vector of text with ready-made tokens.</summary>
    public required string InputColumnName { get; init; }

    /// <summary>Column to add with one vector a row: <c>Vector&lt;Single&gt;</c>. A text without words gives zeros. Null for none.</summary>
    public string? OutputColumnName { get; init; }

    /// <summary>Column to add with every word's vector: a <c>Vector&lt;Single&gt;</c> of unknown size holding words x vector size, row-major. Null for none.</summary>
    public string? TokensColumnName { get; init; }

    /// <summary>The one layer to use: 0 = the words' own vectors, without context; i = LSTM layer i; -1 = the last, -2 the one before, and so on. Default null: a mix of all.</summary>
    public int? Layer { get; init; }

    /// <summary>One number a layer, layer 0 first; their softmax weighs the layers (Peters et al. 2018, equation 1). Default null: all alike. Only where <see cref="Layer"/> is null.</summary>
    public IReadOnlyList<float>? MixWeights { get; init; }

    /// <summary>Scales the mix; default 1, any number but 0. Only where <see cref="Layer"/> is null.</summary>
    public float MixScale { get; init; } = 1;

    /// <summary>How word vectors become the text's vector: <see cref="Pooling.Mean"/> (default) or <see cref="Pooling.Max"/>.</summary>
    public Pooling Pooling { get; init; } = Pooling.Mean;

    /// <summary>Where the network runs: <c>cpu</c> (default), <c>cuda</c>, <c>cuda:1</c>, or <c>auto</c> (CUDA where there is one).</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>Arithmetic of the forward pass; default <see cref="ScoringPrecision.Float32"/>.</summary>
    public ScoringPrecision Precision { get; init; } = ScoringPrecision.Float32;

    /// <summary>The most words, padding included, in one forward pass: bounds memory; default 4096, 1 or more.</summary>
    public int TokensPerBatch { get; init; } = 4096;

    /// <summary>The most rows read ahead and sorted by length; default 1024, 1 or more. Each different word of them goes through the character network once.</summary>
    public int WindowRows { get; init; } = 1024;

    /// <summary>Forward passes that may run at once, whatever number of cursors ML.NET opens; default 1.</summary>
    public int MaxParallelForwards { get; init; } = 1;

    /// <summary>Checks every option.</summary>
    /// <param name="owner">For messages.</param>
    /// <param name="layerCount">LSTM layers of the network.</param>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    internal void Validate(string owner, int layerCount)
    {
        if (string.IsNullOrEmpty(InputColumnName)) throw new ArgumentException($"{owner}: InputColumnName is empty; name the text column to read.");
        if (OutputColumnName is "" || TokensColumnName is "" || (OutputColumnName is null && TokensColumnName is null))
            throw new ArgumentException($"{owner}: OutputColumnName is '{OutputColumnName}' and TokensColumnName '{TokensColumnName}'; name at least one column to add, and leave the other null.");
        if (OutputColumnName == TokensColumnName) throw new ArgumentException($"{owner}: OutputColumnName and TokensColumnName are both '{OutputColumnName}'; give them different names.");
        LayerIndex(owner, Layer, layerCount);
        if (Layer is not null && (MixWeights is not null || MixScale != 1))
            throw new ArgumentException($"{owner}: Layer is {Layer} and a mix is set, too (MixWeights or MixScale); expected the one or the other.");
        if (MixWeights is not null && MixWeights.Count != layerCount + 1)
            throw new ArgumentException($"{owner}: MixWeights has {MixWeights.Count} numbers; expected {layerCount + 1}, one for the words' own vectors and one for each of the {layerCount} LSTM layers.");
        if (MixWeights?.Any(w => !float.IsFinite(w)) == true) throw new ArgumentException(FormattableString.Invariant($"{owner}: MixWeights is {string.Join(", ", MixWeights)}; expected finite numbers."));
        if (MixScale == 0 || !float.IsFinite(MixScale)) throw new ArgumentException(FormattableString.Invariant($"{owner}: MixScale is {MixScale}; expected a finite number other than 0."));
        if (Pooling is not (Pooling.Mean or Pooling.Max)) throw new ArgumentException($"{owner}: Pooling is {Pooling}; expected Mean or Max: an ELMo has no special token and no pooler.");
        if (!Enum.IsDefined(Precision)) throw new ArgumentException($"{owner}: Precision is {Precision}; expected one of {string.Join(", ", Enum.GetNames<ScoringPrecision>())}.");
        if (Precision == ScoringPrecision.Int8) throw new ArgumentException($"{owner}: Precision is Int8, which is for BERT-like encoders; expected Float32, BFloat16 or Auto.");
        if (TokensPerBatch < 1) throw new ArgumentException($"{owner}: TokensPerBatch is {TokensPerBatch}; expected 1 or more.");
        if (WindowRows < 1) throw new ArgumentException($"{owner}: WindowRows is {WindowRows}; expected 1 or more.");
        if (MaxParallelForwards < 1) throw new ArgumentException($"{owner}: MaxParallelForwards is {MaxParallelForwards}; expected 1 or more.");
        TorchDevice.Validate(Device, owner);
    }

    /// <summary>A layer counted from 0; null = the mix.</summary>
    internal static int? LayerIndex(string owner, int? layer, int layerCount)
    {
        int? index = layer < 0 ? layerCount + 1 + layer : layer;
        return index < 0 || index > layerCount
            ? throw new ArgumentException($"{owner}: Layer is {layer}, but the network has {layerCount} LSTM layers; expected {-layerCount - 1} to {layerCount} (0 = the words' own vectors, -1 = the last layer), or null for the mix of all.")
            : index;
    }
}
