using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>Texts in, words out, those that a corpus showed to be phrases joined by underscores: <c>new_york</c>.</summary>
public sealed class PhraseTransformer : ITransformer, IPersistentTransformer
{
    internal const string LoaderSignature = "PretrainPhrases";
    internal const string Owner = "DetectPhrases";
    private const int WindowRows = 256;

    private readonly WordSplitter _splitter;
    private readonly string _outputColumnName, _inputColumnName;
    private long _windows;

    internal PhraseTransformer(string outputColumnName, string inputColumnName, WordSplitter splitter)
    {
        (_outputColumnName, _inputColumnName, _splitter) = (outputColumnName, inputColumnName, splitter);
        Phrases = [.. splitter.Phrases.SelectMany(table => table.Joined()).Distinct()];
    }

    /// <summary>The phrases, those of the first pass first.</summary>
    public IReadOnlyList<string> Phrases { get; }

    bool ITransformer.IsRowToRowMapper => true;

    internal long WindowsComputed => Interlocked.Read(ref _windows);

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
        settings["outputColumnName"] = _outputColumnName;
        settings["inputColumnName"] = _inputColumnName;
        WordVectorSettings.Write(_splitter.Splitting, settings);
        WordVectorFiles.SavePhrases(directory, _splitter);
    }

    internal static PhraseTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings) => new(
        TextSettings.Required(settings, "outputColumnName"),
        TextSettings.Required(settings, "inputColumnName"),
        WordVectorFiles.LoadSplitter(directory, WordVectorSettings.ReadSplitting(settings)));

    private PhraseMapper Bind(DataViewSchema schema) => new(Owner, schema, _inputColumnName, _outputColumnName, _splitter, () => Interlocked.Increment(ref _windows));
}
