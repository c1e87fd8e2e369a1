namespace MLNet.Pretrain.Networks.Text;

/// <summary>The shape of a <see cref="FeedForwardLanguageModel"/>.</summary>
public sealed record NeuralLanguageModelConfig
{
    /// <summary>Words, special ones included.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>Words before the one that is predicted; default 4.</summary>
    public int ContextSize { get; init; } = 4;

    /// <summary>Components of a word's vector; default 100.</summary>
    public int EmbeddingSize { get; init; } = 100;

    /// <summary>Units of the tanh layer; default 200; 0 = none, which needs <see cref="DirectConnections"/>.</summary>
    public int HiddenSize { get; init; } = 200;

    /// <summary>Whether the context's vectors are joined to the output directly, too; default false.</summary>
    public bool DirectConnections { get; init; }

    /// <summary>Dropout on the context's vectors and the tanh layer, in [0, 1); default 0.</summary>
    public double Dropout { get; init; }

    internal void Validate()
    {
        Check(VocabularySize >= 2, nameof(VocabularySize), VocabularySize, "2 or more");
        Check(ContextSize >= 1, nameof(ContextSize), ContextSize, "1 or more");
        Check(EmbeddingSize >= 1, nameof(EmbeddingSize), EmbeddingSize, "1 or more");
        Check(HiddenSize >= 0 && (HiddenSize > 0 || DirectConnections), nameof(HiddenSize), HiddenSize, "1 or more, or 0 with DirectConnections");
        Check(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "a number in [0, 1)");

        static void Check(bool valid, string name, object found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{name} is {found}; expected {expected}."));
        }
    }
}
