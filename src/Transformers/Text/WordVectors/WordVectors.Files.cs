namespace MLNet.Pretrain.Text;

public sealed partial class WordVectors
{
    /// <summary>
    /// Reads vectors that anybody made: word2vec text or binary, fastText <c>.vec</c>, GloVe; gzipped where the name ends in <c>.gz</c>. Numbers are read with a
    /// decimal point whatever the system's culture. Bytes of words that are no UTF-8 become U+FFFD, so that two such words may become one.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Default null: seen from the file's beginning.</param>
    /// <param name="maxWords">Stops after this many words; default null: all. Files mostly begin with the most frequent.</param>
    /// <param name="warn">Told of words that stand in the file twice, of which the first is kept; default null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line is broken, or the file ends too early; the message says where.</exception>
    public static WordVectors Load(string path, WordVectorFormat? format = null, int? maxWords = null, Action<string>? warn = null) =>
        WordVectorReader.Read(path, format, maxWords, warn);

    /// <summary>Writes the vectors in a format that other libraries read. Sub-word vectors are not part of these formats. An old file is replaced only once the new one is complete.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">Its format.</param>
    /// <exception cref="InvalidOperationException">A word holds a space, a tab or a line end, by which readers split.</exception>
    public void Save(string path, WordVectorFormat format = WordVectorFormat.Binary) => WordVectorWriter.Write(this, path, format);
}
