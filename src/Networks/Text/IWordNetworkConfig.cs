namespace MLNet.Pretrain.Networks.Text;

/// <summary>What the shapes of all networks over word vectors have.</summary>
internal interface IWordNetworkConfig
{
    int VocabularySize { get; }

    int EmbeddingSize { get; }

    int ClassCount { get; }

    double Dropout { get; }

    bool TwoChannels { get; }

    int PadTokenId { get; }
}

/// <summary>What is checked of them.</summary>
internal static class WordNetworkConfigs
{
    public static void ValidateWords(this IWordNetworkConfig config)
    {
        Check(config.VocabularySize >= 1, nameof(config.VocabularySize), config.VocabularySize, "1 or more");
        Check(config.EmbeddingSize >= 1, nameof(config.EmbeddingSize), config.EmbeddingSize, "1 or more");
        Check(config.ClassCount >= 2, nameof(config.ClassCount), config.ClassCount, "2 or more");
        Check(config.Dropout is >= 0 and < 1, nameof(config.Dropout), config.Dropout, "a number in [0, 1)");
        Check(config.PadTokenId >= 0 && config.PadTokenId < config.VocabularySize, nameof(config.PadTokenId), config.PadTokenId, "an id of the vocabulary");
    }

    public static void Check(bool valid, string name, object found, string expected)
    {
        if (!valid) throw new ArgumentException(FormattableString.Invariant($"{name} is {found}; expected {expected}."));
    }
}
