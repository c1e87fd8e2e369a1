using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Search;

/// <summary>
/// Vectors in, the values of the nearest rows of an index out. Exact: every row of the index is looked at. Lazy, thread safe; holds managed memory
/// only and needs no native library. The index is saved inside the model.
/// </summary>
public sealed class FindNearestTransformer : ITransformer, IPersistentTransformer
{
    internal const string LoaderSignature = "PretrainFindNearest";
    internal const string Owner = "FindNearest";
    private const int WindowRows = 256;

    private readonly VectorIndex _index;
    private long _windows;

    internal FindNearestTransformer(FindNearestOptions options, VectorIndex index) => (Options, _index) = (options, index);

    /// <summary>The columns and settings this transformer works with.</summary>
    public FindNearestOptions Options { get; }

    /// <summary>Rows of the index.</summary>
    public int IndexRows => _index.Values.Count;

    /// <summary>Components of a vector.</summary>
    public int VectorSize => _index.Size;

    bool ITransformer.IsRowToRowMapper => true;

    internal long WindowsComputed => Interlocked.Read(ref _windows);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is no vector as long as those of the index.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(Bind(inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is no vector as long as those of the index.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, Bind(input.Schema), WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(Bind(inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        _index.Save(directory, settings);
        settings["outputColumnName"] = Options.OutputColumnName;
        settings["scoreColumnName"] = Options.Scores;
        settings["inputColumnName"] = Options.InputColumnName;
        settings["vectorColumnName"] = Options.Vectors;
        settings["valueColumnName"] = Options.ValueColumnName;
        settings["count"] = Options.Count.ToString(CultureInfo.InvariantCulture);
        settings["similarity"] = Options.Similarity.ToString();
    }

    internal static FindNearestTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        var options = new FindNearestOptions
        {
            OutputColumnName = TextSettings.Required(settings, "outputColumnName"),
            ScoreColumnName = TextSettings.Required(settings, "scoreColumnName"),
            InputColumnName = TextSettings.Required(settings, "inputColumnName"),
            VectorColumnName = TextSettings.Required(settings, "vectorColumnName"),
            ValueColumnName = TextSettings.Required(settings, "valueColumnName"),
            Count = TextSettings.Integer(settings, "count"),
            Similarity = TextSettings.Enumerated<VectorSimilarity>(settings, "similarity"),
        };
        VectorIndex index = VectorIndex.Load(directory, settings, options.Similarity);
        if (options.Count < 1 || options.Count > index.Values.Count)
            throw new FormatException($"The saved model's setting 'count' is {options.Count}, but its index has {index.Values.Count} rows. It was altered; save the model again.");
        return new FindNearestTransformer(options, index);
    }

    private FindNearestMapper Bind(DataViewSchema schema) => new(schema, Options, _index, () => Interlocked.Increment(ref _windows));
}
