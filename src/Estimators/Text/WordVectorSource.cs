namespace MLNet.Pretrain.Text;

/// <summary>Where word vectors come from: a file of any library, vectors that are loaded, or a fitted <c>Word2Vec</c> or <c>NeuralLanguageModel</c>. All convert by themselves.</summary>
public sealed class WordVectorSource
{
    private readonly Func<WordVectors> _open;

    private WordVectorSource(string description, Func<WordVectors> open, WordSplitter? splitter = null) => (Description, _open, Splitter) = (description, open, splitter);

    /// <summary>One phrase for logs.</summary>
    public string Description { get; }

    /// <summary>Divides texts as those were that the vectors learnt from, phrases joined; null where that is not known.</summary>
    internal WordSplitter? Splitter { get; }

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

    /// <summary>The vectors of a fitted <c>Word2Vec</c>, with the phrases that it joins.</summary>
    /// <param name="transformer">The fitted transformer.</param>
    public static WordVectorSource FromTransformer(WordVectorTransformer transformer)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        return new($"{transformer.Vectors.Count} word vectors", () => transformer.Vectors, transformer.Splitter);
    }

    /// <summary>The vectors of a fitted <c>NeuralLanguageModel</c>.</summary>
    /// <param name="transformer">The fitted transformer.</param>
    public static WordVectorSource FromTransformer(NeuralLanguageModelTransformer transformer)
    {
        ArgumentNullException.ThrowIfNull(transformer);
        return new($"{transformer.Vectors.Count} word vectors", () => transformer.Vectors, transformer.Splitter);
    }

    /// <summary>See <see cref="FromFile"/>.</summary>
    public static implicit operator WordVectorSource(string path) => FromFile(path);

    /// <summary>See <see cref="FromVectors"/>.</summary>
    public static implicit operator WordVectorSource(WordVectors vectors) => FromVectors(vectors);

    /// <summary>See <see cref="FromTransformer(WordVectorTransformer)"/>.</summary>
    public static implicit operator WordVectorSource(WordVectorTransformer transformer) => FromTransformer(transformer);

    /// <summary>See <see cref="FromTransformer(NeuralLanguageModelTransformer)"/>.</summary>
    public static implicit operator WordVectorSource(NeuralLanguageModelTransformer transformer) => FromTransformer(transformer);

    internal WordVectors Open() => _open();
}
