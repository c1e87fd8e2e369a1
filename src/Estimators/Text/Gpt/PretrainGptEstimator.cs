using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Pretrains a causal language model of GPT-2's kind (Radford et al. 2019) on a text column, from scratch or from a checkpoint.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text; rows without text are left out of training</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of the network's hidden size</description></item>
/// </list>
/// </remarks>
public sealed class PretrainGptEstimator : IEstimator<GptTransformer>
{
    private const string Owner = "PretrainGpt";

    private readonly IHost _host;
    private readonly GptFeatureOptions _columns;
    private readonly PretrainGptOptions _options;
    private readonly int _seed;

    internal PretrainGptEstimator(IHostEnvironment env, GptFeatureOptions columns, PretrainGptOptions options)
    {
        ArgumentNullException.ThrowIfNull(columns);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(PretrainGptEstimator));
        columns.Validate(Owner);
        options.Validate(Owner);
        (_columns, _options) = (columns, (PretrainGptOptions)options.Clone());
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Tokenizes the texts and trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">Rows of text, each a document.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text, or the options do not fit the model.</exception>
    /// <exception cref="InvalidOperationException">There is no text.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is not GPT-2's, or damaged.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public GptTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        GptModel model = _options.Model.Open(TextColumn.Read(Owner, input, _columns.InputColumnName, CheckCancellation), _seed, _options.Dropout);
        try
        {
            GptTransformer.Resolve(model.Network.Config, _columns);   // before hours of training
            Train(model, input, channel);
            return new GptTransformer(model, _columns);
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
        TextColumnShapes.Check(Owner, inputSchema, _columns.InputColumnName, _columns.PairColumnName);
        return inputSchema.With(SchemaShapes.Vector(_columns.OutputColumnName, NumberDataViewType.Single));
    }

    private void Train(GptModel model, IDataView input, IChannel channel)
    {
        int positions = model.Network.Config.MaxPositions;
        if (_options.BlockSize > positions)
            throw new ArgumentException($"{Owner}: BlockSize is {_options.BlockSize}, but the network has positions for {positions} tokens; expected at most {positions}, or 0 for all of them.");
        using TokenStore rows = Store(model, input, "training", channel);
        using TokenStore? held = _options.ValidationData is { } data ? Store(model, data, "validation", channel) : null;
        TrainingResult result = TrainingLoop.Run(new GptTask(model.Network, rows.LongestRow), rows.All, held?.All, _options, TrainingContext.Of(Owner, _host, channel, _seed));
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Trained {_options.Model.Description} for {result.Steps} steps in {result.Elapsed.TotalSeconds:F1} s; loss {result.Loss:F4}."));
    }

    private TokenStore Store(GptModel model, IDataView data, string kind, IChannel channel)
    {
        var blocks = new GptBlocks(model.Tokenizer, _options.BlockSize == 0 ? model.Network.Config.MaxPositions : _options.BlockSize, CheckCancellation);
        TokenStore store = blocks.Write(data, data.Schema[_columns.InputColumnName]);
        channel.Info(MessageSensitivity.None, "{0}", $"{store.TokenCount - store.Count} {kind} tokens of {blocks.Texts} texts in {store.Count} blocks.");
        if (store.Count > 0) return store;
        store.Dispose();
        throw new InvalidOperationException($"{Owner}: there are no {kind} rows with text in column '{_columns.InputColumnName}'; expected at least one with a character in it.");
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
