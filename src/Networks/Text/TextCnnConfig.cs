namespace MLNet.Pretrain.Networks.Text;

/// <summary>The shape of a <see cref="TextCnn"/>.</summary>
public sealed record TextCnnConfig : IWordNetworkConfig
{
    /// <summary>Rows of the embedding table.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Components of a word's vector.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Words that each kind of filter spans; default 3, 4, 5 (Kim 2014).</summary>
    public IReadOnlyList<int> FilterWidths { get; init; } = [3, 4, 5];

    /// <summary>Filters of each width; default 100 (Kim 2014).</summary>
    public int FeatureMaps { get; init; } = 100;

    /// <summary>Classes, 2 or more.</summary>
    public required int ClassCount { get; init; }

    /// <summary>Dropout before the last layer, in [0, 1); default 0.5 (Kim 2014).</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>Whether a second channel keeps the first vectors as they were.</summary>
    public bool TwoChannels { get; init; }

    /// <summary>Id whose vector is zero and does not learn.</summary>
    public int PadTokenId { get; init; }

    internal void Validate()
    {
        this.ValidateWords();
        WordNetworkConfigs.Check(FilterWidths.Count > 0 && FilterWidths.All(w => w >= 1), nameof(FilterWidths), string.Join(", ", FilterWidths), "one width or more, each 1 or more");
        WordNetworkConfigs.Check(FeatureMaps >= 1, nameof(FeatureMaps), FeatureMaps, "1 or more");
    }
}
