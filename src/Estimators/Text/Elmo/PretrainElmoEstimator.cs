using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Pretrains deep contextualized word vectors on a text column, without labels (Peters et al. 2018), and makes each text's vector of its words' vectors.</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text, or a vector of text with ready-made tokens</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of twice <see cref="PretrainElmoOptions.ProjectionSize"/></description></item>
/// <item><term>Tokens (where named)</term><description><c>Vector&lt;Single&gt;</c> of unknown size: words x vector size</description></item>
/// </list>
/// </remarks>
public sealed class PretrainElmoEstimator : IEstimator<ElmoTransformer>
{
    private const string Owner = ElmoTransformer.Owner;

    private readonly IHost _host;
    private readonly PretrainElmoOptions _options;
    private readonly ElmoFeatureOptions _features;
    private readonly int _seed;

    internal PretrainElmoEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, PretrainElmoOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrEmpty(outputColumnName)) throw new ArgumentException($"{Owner}: outputColumnName is empty; name the column to add.", nameof(outputColumnName));
        _host = env.Register(nameof(PretrainElmoEstimator));
        options.Validate(Owner);
        _features = options.Features(outputColumnName, inputColumnName);
        _features.Validate(Owner, options.LayerCount);
        _options = (PretrainElmoOptions)options.Clone();
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Counts the words and trains both directions' language models. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">Rows of text.</param>
    /// <exception cref="ArgumentException">The column is missing or is not text.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, no words, or none often enough.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public ElmoTransformer Fit(IDataView input)
    {
        DataViewSchema.Column column = WordInput.Bind(Owner, input.Schema, _features.InputColumnName).Column;
        if (_options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        using ElmoCorpus corpus = ElmoCorpus.Read(input, column, _options, CheckCancellation);
        var network = new Elmo(_options.Network(corpus.Outputs.Count), _seed);
        try
        {
            double total = corpus.TargetCounts.Sum();
            network.SetBias([.. corpus.TargetCounts.Select(count => (float)Math.Log((count + 1.0) / (total + corpus.TargetCounts.Length)))]);
            using var task = new ElmoTask(network, corpus.Characters, corpus.TargetCounts, _options.SampledOf(corpus.Outputs.Count), ElmoWork.Of(corpus.Rows, corpus.Characters, network.Config, _options));
            TrainingResult result = TrainingLoop.Run(task, corpus.Rows.All, corpus.ValidationRows?.All, _options, TrainingContext.Of(Owner, _host, channel, _seed));
            channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Trained {result.Steps} steps over {corpus.Words} words, {corpus.Outputs.Count} of them different and foreseen, in {result.Elapsed.TotalSeconds:F1} s."));
            return new ElmoTransformer(new ElmoModel(network, new WordSplitter(_options.Splitting), corpus.Outputs, _options.MaxSentenceLength), _features);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => ElmoColumnShapes.Add(Owner, inputSchema, _features);

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
