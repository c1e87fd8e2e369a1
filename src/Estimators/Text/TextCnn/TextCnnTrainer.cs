using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Trains a convolutional network over word vectors as a text classifier (Kim 2014): minutes on a processor where an encoder takes hours. Gives ML.NET's
/// own prediction columns.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Text</term><description>Text</description></item>
/// <item><term>Label</term><description>Key (multiclass) or Boolean (binary); rows without a label are left out of training</description></item>
/// <item><term>PredictedLabel</term><description>Key with the label's values, or Boolean</description></item>
/// <item><term>Score</term><description>One probability a class (multiclass), or log-odds (binary)</description></item>
/// <item><term>Probability</term><description>Binary only: of true</description></item>
/// </list>
/// </remarks>
public sealed class TextCnnTrainer : IEstimator<TextClassificationTransformer>
{
    private const string Owner = "TextCnn";

    private readonly IHost _host;
    private readonly TextCnnOptions _options;
    private readonly ITextLabel _label;
    private readonly int _seed;

    internal TextCnnTrainer(IHostEnvironment env, TextCnnOptions options, ITextLabel label)
    {
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(TextCnnTrainer));
        options.Validate(Owner);
        (_options, _label) = ((TextCnnOptions)options.Clone(), label);
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows; read twice, for the words and for the texts.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the classes.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or rows of one class only, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextClassificationTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        IPredictionColumns columns = _label.Columns(input.Schema[_options.LabelColumnName]);
        ((IClassificationOptions)_options).CheckClasses(Owner, columns.Labels!.Names.Count);
        using IChannel channel = _host.Start(Owner);
        return new TextPredictorFit(Owner, _host, channel, _options, _label, _seed).Run(
            input,
            columns.Labels!.Names,
            () => new TextCnnBuilder(input, _options, CheckCancellation),
            (built, scoring) => new TextClassificationTransformer(built.Model, scoring, columns));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => LabelledTextShapes.Add(Owner, inputSchema, _options, _label);

    private void CheckCancellation()
    {
        _options.CancellationToken.ThrowIfCancellationRequested();
        HostCancellation.ThrowIfCancelled(_host);
    }
}
