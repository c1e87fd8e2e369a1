namespace MLNet.Pretrain.Networks.Text;

/// <summary>The shape of an <see cref="Elmo"/> network. The defaults are those of Peters et al. (2018).</summary>
public sealed record ElmoConfig
{
    /// <summary>Ids of characters, padding (0) included; default 262: 256 bytes, begin and end of sentence and word, filler, padding.</summary>
    public int CharacterCount { get; init; } = 262;

    /// <summary>Components of a character's vector; default 16.</summary>
    public int CharacterEmbeddingSize { get; init; } = 16;

    /// <summary>Convolutions over a word's characters; default 32, 32, 64, 128, 256, 512 and 1024 filters of the widths 1 to 7.</summary>
    public IReadOnlyList<CharacterFilters> Filters { get; init; } = [new(1, 32), new(2, 32), new(3, 64), new(4, 128), new(5, 256), new(6, 512), new(7, 1024)];

    /// <summary>Highway layers behind the convolutions; default 2, 0 or more.</summary>
    public int HighwayLayerCount { get; init; } = 2;

    /// <summary>Characters of a word, its begin and end included; default 50, 3 or more.</summary>
    public int MaxCharacters { get; init; } = 50;

    /// <summary>Components of a word's vector before the LSTM, and of an LSTM layer's output a direction; default 512.</summary>
    public int ProjectionSize { get; init; } = 512;

    /// <summary>Cells of an LSTM layer a direction; default 4096.</summary>
    public int CellSize { get; init; } = 4096;

    /// <summary>LSTM layers; default 2, 1 or more.</summary>
    public int LayerCount { get; init; } = 2;

    /// <summary>Cells are kept within plus and minus this; default 3, above 0.</summary>
    public double CellClip { get; init; } = 3;

    /// <summary>Outputs of a layer, before its input is added, are kept within plus and minus this; default 3, above 0.</summary>
    public double ProjectionClip { get; init; } = 3;

    /// <summary>Dropout on each layer's input and on the last output, in [0, 1); default 0.1.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>Words that the language model foresees, special ones included; 0 = there is no output layer: features only.</summary>
    public int VocabularySize { get; init; }

    /// <summary>Components of a word's contextual vector: both directions.</summary>
    public int OutputSize => 2 * ProjectionSize;

    internal void Validate()
    {
        Check(CharacterCount >= 2, nameof(CharacterCount), CharacterCount, "2 or more");
        Check(CharacterEmbeddingSize >= 1, nameof(CharacterEmbeddingSize), CharacterEmbeddingSize, "1 or more");
        Check(MaxCharacters >= 3, nameof(MaxCharacters), MaxCharacters, "3 or more");
        Check(Filters.Count > 0 && Filters.All(f => f.Count >= 1 && f.Width >= 1 && f.Width <= MaxCharacters), nameof(Filters), string.Join(", ", Filters.Select(f => $"{f.Count} of width {f.Width}")), "at least one width, each from 1 to MaxCharacters, with 1 filter or more");
        Check(HighwayLayerCount >= 0, nameof(HighwayLayerCount), HighwayLayerCount, "0 or more");
        Check(ProjectionSize >= 1, nameof(ProjectionSize), ProjectionSize, "1 or more");
        Check(CellSize >= 1, nameof(CellSize), CellSize, "1 or more");
        Check(LayerCount >= 1, nameof(LayerCount), LayerCount, "1 or more");
        Check(CellClip > 0, nameof(CellClip), CellClip, "a number above 0");
        Check(ProjectionClip > 0, nameof(ProjectionClip), ProjectionClip, "a number above 0");
        Check(Dropout is >= 0 and < 1, nameof(Dropout), Dropout, "a number in [0, 1)");
        Check(VocabularySize is 0 or >= 2, nameof(VocabularySize), VocabularySize, "0 (no output layer) or 2 or more");

        static void Check(bool valid, string name, object found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"{name} is {found}; expected {expected}."));
        }
    }
}
