using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>Texts in, sparse vectors of their words and n-grams out. Managed code; the components' names are the column's slot names.</summary>
public sealed class BagOfWordsTransformer : ITransformer, IPersistentTransformer
{
    internal const string LoaderSignature = "PretrainBagOfWords";
    internal const string Owner = "BagOfWords";
    private const string WordsFile = "words.txt", NgramsFile = "ngrams.npy", WeightsFile = "weights.npy";
    private const int WindowRows = 128;

    private long _windows;

    internal BagOfWordsTransformer(string outputColumnName, string inputColumnName, BagOfWordsOptions options, NgramTable table, float[]? weights) =>
        (OutputColumnName, InputColumnName, Options, Table, Weights, Splitter) = (outputColumnName, inputColumnName, options, table, weights, new WordSplitter(options.Splitting));

    /// <summary>How the vectors are made.</summary>
    public BagOfWordsOptions Options { get; }

    /// <summary>Components of a vector: n-grams kept.</summary>
    public int FeatureCount => Table.Count;

    bool ITransformer.IsRowToRowMapper => true;

    internal string OutputColumnName { get; }

    internal string InputColumnName { get; }

    internal NgramTable Table { get; }

    internal float[]? Weights { get; }

    internal WordSplitter Splitter { get; }

    internal long WindowsComputed => Interlocked.Read(ref _windows);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(new BagOfWordsMapper(this, inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, new BagOfWordsMapper(this, input.Schema), WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(new BagOfWordsMapper(this, inputSchema));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        WordListFile.Write(Path.Combine(directory, WordsFile), Table.Words);
        NpyFile.Write<int>(Path.Combine(directory, NgramsFile), Table.ToArray(), 2);
        if (Weights is not null) NpyFile.Write<float>(Path.Combine(directory, WeightsFile), Weights);
        settings["outputColumnName"] = OutputColumnName;
        settings["inputColumnName"] = InputColumnName;
        settings["ngramLength"] = Options.NgramLength.ToString(System.Globalization.CultureInfo.InvariantCulture);
        settings["minTextCount"] = Options.MinTextCount.ToString(System.Globalization.CultureInfo.InvariantCulture);
        if (Options.MaxFeatures is { } most) settings["maxFeatures"] = most.ToString(System.Globalization.CultureInfo.InvariantCulture);
        settings["weighting"] = Options.Weighting.ToString();
        settings["normalize"] = Options.Normalize ? "true" : "false";
        WordVectorSettings.Write(Options.Splitting, settings);
    }

    internal static BagOfWordsTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        var table = new NgramTable(WordListFile.Read(Path.Combine(directory, WordsFile)));
        int[] nodes = NpyFile.Read<int>(Path.Combine(directory, NgramsFile), out int columns);
        for (int i = 0; columns == 2 && i < nodes.Length; i += 2)
        {
            if (nodes[i] < -1 || nodes[i] >= table.Count || (uint)nodes[i + 1] >= (uint)table.Words.Count || table.FindOrAdd(nodes[i], nodes[i + 1]) != i / 2)
                throw new InvalidDataException($"The saved model's n-gram {i / 2} is of node {nodes[i]} and word {nodes[i + 1]}, which do not come before it; it was altered. Save it again.");
        }
        float[]? weights = File.Exists(Path.Combine(directory, WeightsFile)) ? NpyFile.Read<float>(Path.Combine(directory, WeightsFile), out _) : null;
        if (weights is null && TextSettings.Enumerated<NgramWeighting>(settings, "weighting") == NgramWeighting.TfIdf) throw new InvalidDataException("The saved model weighs by TfIdf but has no weights; it was altered. Save it again.");
        if (columns != 2 || (weights is not null && weights.Length != table.Count)) throw new InvalidDataException($"The saved model has {table.Count} n-grams but {weights?.Length} weights; it was altered. Save it again.");
        var options = new BagOfWordsOptions
        {
            NgramLength = TextSettings.Integer(settings, "ngramLength"),
            MinTextCount = settings.ContainsKey("minTextCount") ? TextSettings.Integer(settings, "minTextCount") : 1,
            MaxFeatures = settings.ContainsKey("maxFeatures") ? TextSettings.Integer(settings, "maxFeatures") : null,
            Weighting = TextSettings.Enumerated<NgramWeighting>(settings, "weighting"),
            Normalize = TextSettings.Required(settings, "normalize") == "true",
            Splitting = WordVectorSettings.ReadSplitting(settings),
        };
        return new BagOfWordsTransformer(TextSettings.Required(settings, "outputColumnName"), TextSettings.Required(settings, "inputColumnName"), options, table, weights);
    }

    internal void Computed() => Interlocked.Increment(ref _windows);

    // Only made when somebody asks: a million names are a hundred megabytes.
    internal void CopyNames(ref VBuffer<ReadOnlyMemory<char>> names)
    {
        VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref names, Table.Count);
        for (int node = 0; node < Table.Count; node++) editor.Values[node] = Table.NameOf(node).AsMemory();
        names = editor.Commit();
    }
}
