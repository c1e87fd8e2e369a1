using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>Makes texts' vectors of word vectors that exist already. <c>Fit</c> learns only what the pooling needs: word weights and the common direction.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c></description></item>
/// </list>
/// </remarks>
public sealed class WordVectorEstimator : IEstimator<WordVectorTransformer>
{
    private const string Owner = "ApplyWordVectors";

    private readonly IHost _host;
    private readonly WordVectors _vectors;
    private readonly WordVectorOptions _options;

    internal WordVectorEstimator(IHostEnvironment env, WordVectors vectors, WordVectorOptions options)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(WordVectorEstimator));
        options.Validate(Owner);
        (_vectors, _options) = (vectors, options);
    }

    /// <summary>Learns the pooling's weights from the rows; the rows are not read where it has none, and may then be missing.</summary>
    /// <param name="input">Rows of text; read once for <see cref="WordVectorPooling.TfIdf"/>, twice for <see cref="WordVectorPooling.SmoothInverseFrequency"/>.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    /// <exception cref="InvalidOperationException">The pooling weighs words, and there are no rows.</exception>
    public WordVectorTransformer Fit(IDataView input)
    {
        DataViewSchema.Column column = WordInput.Bind(Owner, input.Schema, _options.InputColumnName).Column;
        var splitter = new WordSplitter(_options.Splitting);
        return new WordVectorTransformer(_options, splitter, PoolingStatistics.Learn(Owner, input, column, splitter, _vectors, _options, () => HostCancellation.ThrowIfCancelled(_host)));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => WordColumnShapes.Output(Owner, inputSchema, _options);
}
