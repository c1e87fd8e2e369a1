namespace MLNet.Pretrain.Networks.Text;

/// <summary>The shape of a <see cref="TextLstm"/>.</summary>
public sealed record TextLstmConfig : IWordNetworkConfig
{
    /// <summary>Rows of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Components of a word's vector.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Components of a state of each direction; default 150 (Tang et al. 2019).</summary>
    public int HiddenSize { get; init; } = 150;

    /// <summary>Layers, each of both directions; default 1 (Tang et al. 2019).</summary>
    public int LayerCount { get; init; } = 1;

    /// <summary>What is made of the states; default <see cref="TextLstmPooling.Max"/>.</summary>
    public TextLstmPooling Pooling { get; init; } = TextLstmPooling.Max;

    /// <summary>Classes, 2 or more.</summary>
    public required int ClassCount { get; init; }

    /// <summary>Dropout between layers and before the last one, in [0, 1); default 0.5.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Whether a second channel keeps the first vectors as they were.</summary>
    public bool TwoChannels { get; init; }

    /// <summary>Id whose vector is zero and does not learn.</summary>
    public int PadTokenId { get; init; }

    internal void Validate()
    {
        this.ValidateWords();
        WordNetworkConfigs.Check(HiddenSize >= 1, nameof(HiddenSize), HiddenSize, "1 or more");
        WordNetworkConfigs.Check(LayerCount >= 1, nameof(LayerCount), LayerCount, "1 or more");
        WordNetworkConfigs.Check(Enum.IsDefined(Pooling), nameof(Pooling), Pooling, $"one of {string.Join(", ", Enum.GetNames<TextLstmPooling>())}");
    }
}
