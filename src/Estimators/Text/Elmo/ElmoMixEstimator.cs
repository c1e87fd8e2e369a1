using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Opens an ELMo and learns from labelled rows how its layers are mixed for their task (Peters et al. 2018, equation 1), together with a linear classifier of
/// the texts' mean vectors, which is then thrown away. The network itself stays as it is.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Label</term><description>A key, or text, Boolean or numbers that name a class; read by <c>Fit</c> alone</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c>; the mix stands in <see cref="ElmoTransformer.Options"/></description></item>
/// </list>
/// </remarks>
public sealed class ElmoMixEstimator : IEstimator<ElmoTransformer>
{
    private const string Owner = "ApplyElmo";
    private const int WindowRows = 256;

    private readonly IHost _host;
    private readonly ElmoSource _model;
    private readonly ElmoFeatureOptions _features;
    private readonly ElmoMixOptions _options;
    private readonly MulticlassLabel _label = new();
    private readonly int _seed;

    internal ElmoMixEstimator(IHostEnvironment env, ElmoSource model, ElmoFeatureOptions features, ElmoMixOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(features);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(ElmoMixEstimator));
        if (features.Layer is not null || features.MixWeights is not null || features.MixScale != 1)
            throw new ArgumentException($"{Owner}: Layer, MixWeights or MixScale is set, and the mix is to be learnt, too; expected the one or the other.");
        if (features.Pooling != Pooling.Mean) throw new ArgumentException($"{Owner}: Pooling is {features.Pooling}, but the mix is learnt for the mean of a text's words; expected Mean.");
        features.Validate(Owner, 0);
        options.Validate(Owner);
        (_model, _features, _options) = (model, features, options.Clone());
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Opens the model, encodes the labelled rows once with every layer, and learns the mix. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">Rows with the input and the label column.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the model.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is not an ELMo's, or damaged.</exception>
    /// <exception cref="InvalidOperationException">There are no labelled rows, or rows of one class only.</exception>
    public ElmoTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        ILabelReader label = _label.Learn(Owner, input, _options.LabelColumnName, channel, CheckCancellation);
        using var plain = new ElmoTransformer(_model.Open(), _features);
        (float[] layers, long[] classes) = Encode(plain, input, label);
        ElmoMix mix = ElmoMix.Learn(layers, plain.Config.LayerCount + 1, classes, _options, _seed, CheckCancellation);
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Learnt from {classes.Length} rows: layers weigh {string.Join(", ", mix.Shares.Select(s => s.ToString("F3", System.Globalization.CultureInfo.InvariantCulture)))}, scale {mix.Scale:G3}."));
        return plain.WithFeatures(_features with { MixWeights = mix.Weights, MixScale = mix.Scale });
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column label = TextColumnShapes.Require(Owner, inputSchema, _options.LabelColumnName);
        _label.Check(Owner, label);
        return ElmoColumnShapes.Add(Owner, inputSchema, _features);
    }

    // [rows, layers, D]: the mean of each layer over a text's words, which any mix of the layers is the mix of.
    private (float[] Layers, long[] Classes) Encode(ElmoTransformer elmo, IDataView data, ILabelReader label)
    {
        DataViewSchema.Column labelColumn = data.Schema[_options.LabelColumnName];
        (long rows, HashSet<long>? drawn) = Draw(data, label, labelColumn);
        long size = (long)(elmo.Config.LayerCount + 1) * elmo.VectorSize;
        if (rows * size > Array.MaxLength) throw new ArgumentException($"{Owner}: MaxRows is {_options.MaxRows}, which makes {rows} rows of {size} numbers; expected {Array.MaxLength / size} rows at most for this network.");
        WordInput words = WordInput.Bind(Owner, data.Schema, _features.InputColumnName);
        using DataViewRowCursor cursor = data.GetRowCursor([labelColumn, words.Column]);
        Func<double> getClass = label.Open(cursor, labelColumn);
        Action<WordList> read = words.Open(cursor, elmo.Model.Splitter);
        (float[] layers, int filled, List<long> classes) = (new float[rows * size], 0, []);
        var text = new WordList();
        ElmoTexts window = elmo.NewTexts();
        long number = 0;
        while (cursor.MoveNext())
        {
            double ofRow = getClass();
            if (double.IsNaN(ofRow) || (drawn is not null && !drawn.Contains(number++))) continue;
            classes.Add((long)ofRow);
            read(text);
            window.Add(text);
            if (window.Count == WindowRows) Run();
        }
        if (window.Count > 0) Run();
        if (classes.Distinct().Take(2).Count() < 2)
            throw new InvalidOperationException($"{Owner}: {(classes.Count == 0 ? "there are no training rows with a label" : $"all {classes.Count} labelled rows are of one class")}; expected rows of 2 classes or more. Check column '{_options.LabelColumnName}'.");
        return (layers, [.. classes]);

        void Run()
        {
            CheckCancellation();
            float[] means = elmo.LayerMeans(window);
            means.CopyTo(layers, filled);
            filled += means.Length;
            window.Clear();
        }
    }

    // How many labelled rows are learnt from, and which by number; null = all.
    private (long Rows, HashSet<long>? Drawn) Draw(IDataView data, ILabelReader label, DataViewSchema.Column column)
    {
        long rows = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([column]))
        {
            Func<double> getClass = label.Open(cursor, column);
            while (cursor.MoveNext())
                if (!double.IsNaN(getClass())) rows++;
        }
        if (rows <= _options.MaxRows) return (rows, null);
        // Floyd's draw without replacement.
        var random = new Random(_seed);
        var drawn = new HashSet<long>();
        for (long row = rows - _options.MaxRows; row < rows; row++)
            if (!drawn.Add(random.NextInt64(row + 1))) drawn.Add(row);
        return (drawn.Count, drawn);
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host);
}
