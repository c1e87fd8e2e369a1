using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Makes sentence vectors with a pretrained encoder. There is nothing to learn from the data unless the encoder starts from scratch:
/// then its vocabulary is made from the texts and its weights stay random.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text; optionally a second text for pairs</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of the encoder's hidden size, and optionally every token's vector</description></item>
/// </list>
/// </remarks>
public sealed class TextEncoderEstimator : IEstimator<TextEncoderTransformer>
{
    private const string Owner = "EncodeText";

    private readonly IHost _host;
    private readonly TextEncoderSource _encoder;
    private readonly TextEncodingOptions _options;
    private readonly int _seed;

    internal TextEncoderEstimator(IHostEnvironment env, TextEncoderSource encoder, TextEncodingOptions options)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(TextEncoderEstimator));
        options.Validate(Owner);
        (_encoder, _options, _seed) = (encoder, options, _host.Rand.Next());
    }

    /// <summary>Opens the encoder. The transformer owns its network: dispose it when done.</summary>
    /// <exception cref="ArgumentException">A column is missing or is not text, or the options do not fit the encoder.</exception>
    public TextEncoderTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        TextModel<TextEncoder> model = _encoder.Open(input, _options.InputColumnName, _options.PairColumnName, _seed, () => HostCancellation.ThrowIfCancelled(_host));
        try
        {
            return new TextEncoderTransformer(_host, model, _options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TextColumnShapes.Check(Owner, inputSchema, _options.InputColumnName, _options.PairColumnName);
        var added = new List<SchemaShape.Column>();
        if (_options.OutputColumnName is { } vector) added.Add(SchemaShapes.Vector(vector, NumberDataViewType.Single));
        if (_options.TokensColumnName is { } tokens) added.Add(SchemaShapes.VariableVector(tokens, NumberDataViewType.Single));
        return inputSchema.With(added);
    }
}
