using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;
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
/// <item><term>Label</term><description>Multiclass: a key, or text, Boolean or numbers, whose classes are those of the training rows, sorted. Binary: Boolean, or numbers that are 0 or 1. Rows without a label (key 0, empty text, NaN) are left out of training</description></item>
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
    private readonly Lesson? _lesson;
    private readonly int _seed;

    internal TextCnnTrainer(IHostEnvironment env, TextCnnOptions options, ITextLabel label, Lesson? lesson = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(TextCnnTrainer));
        options.Validate(Owner);
        lesson?.Options.Validate(Owner, "a TextCnn");
        (_options, _label, _lesson) = ((TextCnnOptions)options.Clone(), label, lesson);
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows; read twice, for the words and for the texts, and once more for the classes of a label that is no key.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the classes.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or rows of one class only, or a label is none, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextClassificationTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        using IChannel channel = _host.Start(Owner);
        ILabelReader label = _label.Learn(Owner, input, _options.LabelColumnName, channel, CheckCancellation);
        IReadOnlyList<string> classes = label.Columns.Labels!.Names;
        _options.CheckClasses(Owner, classes.Count);
        return new TextPredictorFit(Owner, _host, channel, _options, label, _seed, _lesson).Run(
            input,
            classes,
            () => new TextCnnBuilder(input, _options, CheckCancellation),
            (built, scoring) => new TextClassificationTransformer(built.Model, scoring, label.Columns));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => LabelledTextShapes.Add(Owner, inputSchema, _options, _label);

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
