using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Search;

/// <summary>Finds the rows of an index whose vectors are nearest to a row's own. <c>Fit</c> reads the index; of its own rows it needs the columns only.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description><c>Vector&lt;Single&gt;</c> of known size; a row with a component that is no finite number finds nothing: missing values with scores NaN</description></item>
/// <item><term>Output</term><description>Vector of text, or of keys as the index has them, nearest first</description></item>
/// <item><term>Scores</term><description><c>Vector&lt;Single&gt;</c></description></item>
/// </list>
/// </remarks>
public sealed class FindNearestEstimator : IEstimator<FindNearestTransformer>
{
    private const string Owner = FindNearestTransformer.Owner;
    private const string OfIndex = Owner + ", of the index";

    private readonly IHost _host;
    private readonly IDataView _index;
    private readonly FindNearestOptions _options;

    internal FindNearestEstimator(IHostEnvironment env, IDataView index, FindNearestOptions options)
    {
        ArgumentNullException.ThrowIfNull(index);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(FindNearestEstimator));
        options.Validate(Owner);
        (_index, _options) = (index, options);
    }

    /// <summary>Reads the index into memory.</summary>
    /// <param name="input">What the pipeline is fitted on; its rows are not read.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or vectors differ in length.</exception>
    /// <exception cref="InvalidOperationException">The index has fewer rows than are to be found, or a component is no finite number.</exception>
    public FindNearestTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        VectorIndex index = new IndexReader(Owner, _options, () => HostCancellation.ThrowIfCancelled(_host)).Read(_index);
        var transformer = new FindNearestTransformer(_options, index);
        transformer.GetOutputSchema(input.Schema);   // the sizes, which shapes do not have
        return transformer;
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        CheckVector(Owner, inputSchema, _options.InputColumnName);
        SchemaShape index = SchemaShapes.Of(_index.Schema);
        CheckVector(OfIndex, index, _options.Vectors);
        SchemaShape.Column values = TextColumnShapes.Require(OfIndex, index, _options.ValueColumnName);
        return inputSchema.With([Output(values), SchemaShapes.Vector(_options.Scores, NumberDataViewType.Single)]);
    }

    private static void CheckVector(string owner, SchemaShape shape, string name)
    {
        SchemaShape.Column column = TextColumnShapes.Require(owner, shape, name);
        if (column.Kind != SchemaShape.Column.VectorKind.Vector || column.ItemType != NumberDataViewType.Single)
            throw new ArgumentException($"Column '{name}' is {(column.Kind == SchemaShape.Column.VectorKind.VariableVector ? "a vector of unknown size" : column.Describe())}; {owner} reads Vector<Single> of a known size. Make it with EncodeText or ConvertType, or name another column in the options.", nameof(shape));
    }

    private SchemaShape.Column Output(SchemaShape.Column values)
    {
        bool scalar = values.Kind == SchemaShape.Column.VectorKind.Scalar;
        if (scalar && values.ItemType is TextDataViewType) return SchemaShapes.Vector(_options.OutputColumnName, TextDataViewType.Instance);
        if (!scalar || !values.IsKey || values.ItemType != NumberDataViewType.UInt32)
            throw new ArgumentException($"Column '{values.Name}' of the index is {values.Describe()}; {Owner} finds Text or Key<UInt32>. Map it with Transforms.Conversion.ConvertType, or name another column in the options.");
        SchemaShape.Column? names = values.Annotations.Find(LabelValues.KeyValuesAnnotation);
        return names is { } known ? SchemaShapes.KeyVector(_options.OutputColumnName, known) : SchemaShapes.KeyVector(_options.OutputColumnName);
    }
}
