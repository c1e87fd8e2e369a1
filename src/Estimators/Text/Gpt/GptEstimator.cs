using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>Opens a GPT that is trained already, for texts' vectors, generation and perplexity. There is nothing to learn from the data.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text; optionally a second text for pairs</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of the network's hidden size</description></item>
/// </list>
/// </remarks>
public sealed class GptEstimator : IEstimator<GptTransformer>
{
    private const string Owner = "ApplyGpt";

    private readonly IHost _host;
    private readonly GptSource _model;
    private readonly GptFeatureOptions _options;
    private readonly int _seed;

    internal GptEstimator(IHostEnvironment env, GptSource model, GptFeatureOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(Owner);
        _host = env.Register(nameof(GptEstimator));
        (_model, _options, _seed) = (model, options, _host.Rand.Next());
    }

    /// <summary>Opens the model. The transformer owns its network: dispose it when done.</summary>
    /// <exception cref="ArgumentException">A column is missing or is not text, or the options do not fit the model.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is not GPT-2's, or damaged.</exception>
    public GptTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        return GptTransformer.Own(_model.Open(TextColumn.Read(Owner, input, _options.InputColumnName, () => HostCancellation.ThrowIfCancelled(_host)), _seed), _options);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TextColumnShapes.Check(Owner, inputSchema, _options.InputColumnName, _options.PairColumnName);
        return inputSchema.With(SchemaShapes.Vector(_options.OutputColumnName, NumberDataViewType.Single));
    }
}
