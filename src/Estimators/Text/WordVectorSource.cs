namespace MLNet.Pretrain.Text;

/// <summary>Where word vectors come from: a file of any library, vectors that are loaded, or a fitted <c>Word2Vec</c>. All three convert by themselves.</summary>
public sealed class WordVectorSource
{
    private readonly Func<WordVectors> _open;

    private WordVectorSource(string description, Func<WordVectors> open) => (Description, _open) = (description, open);

    /// <summary>One phrase for logs.</summary>
    public string Description { get; }

    /// <summary>A file as <see cref="WordVectors.Load"/> reads it, when <c>Fit</c> runs.</summary>
    /// <param name="path">The file.</param>
    public static WordVectorSource FromFile(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return new(Path.GetFileName(path), () => WordVectors.Load(path));
    }

    /// <summary>Vectors that are loaded or trained already.</summary>
    /// <param name="vectors">The vectors.</param>
    public static WordVectorSource FromVectors(WordVectors vectors)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        return new($"{vectors.Count} word vectors", () => vectors);
    }

    /// <summary>See <see cref="FromFile"/>.</summary>
    public static implicit operator WordVectorSource(string path) => FromFile(path);

    /// <summary>See <see cref="FromVectors"/>.</summary>
    public static implicit operator WordVectorSource(WordVectors vectors) => FromVectors(vectors);

    /// <summary>See <see cref="FromVectors"/>.</summary>
    public static implicit operator WordVectorSource(WordVectorTransformer transformer) => FromVectors(transformer.Vectors);

    internal WordVectors Open() => _open();
}
