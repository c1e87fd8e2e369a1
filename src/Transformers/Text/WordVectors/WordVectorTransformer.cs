using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>Texts in, vectors out, by the vectors of their words. Holds managed memory only and needs no native library. The vectors are saved inside the model.</summary>
public sealed class WordVectorTransformer : ITransformer, IPersistentTransformer
{
    internal const string LoaderSignature = "PretrainWordVectors";
    internal const string Owner = "WordVectors";
    private const int WindowRows = 256;

    private readonly WordSplitter _splitter;
    private readonly WordPooler _pooler;
    private long _windows;

    internal WordVectorTransformer(WordVectorOptions options, WordSplitter splitter, WordPooler pooler) => (Options, _splitter, _pooler) = (options, splitter, pooler);

    /// <summary>The columns and settings this transformer works with.</summary>
    public WordVectorOptions Options { get; }

    /// <summary>The vectors themselves: neighbours, analogies, evaluation, files.</summary>
    public WordVectors Vectors => _pooler.Vectors;

    bool ITransformer.IsRowToRowMapper => true;

    internal long WindowsComputed => Interlocked.Read(ref _windows);

    internal WordSplitter Splitter => _splitter;

    /// <summary>The words that a text is divided into, phrases joined.</summary>
    /// <param name="text">Any text.</param>
    public IReadOnlyList<string> SplitWords(string text)
    {
        var words = new WordList();
        _splitter.Split(text, words);
        return [.. Enumerable.Range(0, words.Count).Select(i => words[i].ToString())];
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(Bind(inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, Bind(input.Schema), WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(Bind(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        WordVectorFiles.Save(directory, _splitter, _pooler);
        WordVectorSettings.Write(Options, settings);
        WordVectorSettings.Write(_pooler, settings);
    }

    internal static WordVectorTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        WordVectorOptions options = WordVectorSettings.Read(settings);
        return new WordVectorTransformer(options, WordVectorFiles.LoadSplitter(directory, options.Splitting), WordVectorFiles.LoadPooler(directory, options.Pooling, settings));
    }

    private WordVectorMapper Bind(DataViewSchema schema) => new(Owner, schema, Options, _splitter, _pooler, () => Interlocked.Increment(ref _windows));
}
