using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;

namespace MLNet.Pretrain.Text;

/// <summary>Opens an ELMo that is trained already, for texts' vectors, the vectors of words in their places, and perplexity. There is nothing to learn from the data.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c>, both directions' components; on request a column with every word's vector</description></item>
/// </list>
/// </remarks>
public sealed class ElmoEstimator : IEstimator<ElmoTransformer>
{
    private const string Owner = "ApplyElmo";

    private readonly ElmoSource _model;
    private readonly ElmoFeatureOptions _options;

    internal ElmoEstimator(IHostEnvironment env, ElmoSource model, ElmoFeatureOptions options)
    {
        ArgumentNullException.ThrowIfNull(env);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        // The layers of the model, and with them what Layer and MixWeights may be, are known when it is opened.
        (options with { Layer = null, MixWeights = null }).Validate(Owner, 0);
        (_model, _options) = (model, options);
    }

    /// <summary>Opens the model. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">Rows with the input column; they are not read.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text, or the options do not fit the model.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is not an ELMo's, or damaged.</exception>
    public ElmoTransformer Fit(IDataView input)
    {
        WordInput.Bind(Owner, input.Schema, _options.InputColumnName);
        TorchRuntime.EnsureLoaded();
        ElmoModel model = _model.Open();
        try
        {
            return new ElmoTransformer(model, _options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ElmoColumnShapes.Add(Owner, inputSchema, _options);
}
