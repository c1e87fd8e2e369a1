using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Fine-tunes a pretrained encoder, all of it, as a text classifier (Devlin et al. 2018). Gives ML.NET's own prediction columns, so that
/// <c>Evaluate</c>, <c>CrossValidate</c> and <c>MapKeyToValue</c> work as for every other trainer.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Text</term><description>Text; optionally a second text for pairs</description></item>
/// <item><term>Label</term><description>Multiclass: a key, or text, Boolean or numbers, whose classes are those of the training rows, sorted. Binary: Boolean, or numbers that are 0 or 1. Rows without a label (key 0, empty text, NaN) are left out of training</description></item>
/// <item><term>PredictedLabel</term><description>Key with the label's values, or Boolean</description></item>
/// <item><term>Score</term><description>One probability a class (multiclass), or log-odds (binary)</description></item>
/// <item><term>Probability</term><description>Binary only: of true</description></item>
/// </list>
/// </remarks>
public sealed class FineTuneTextTrainer : IEstimator<TextClassificationTransformer>
{
    private const string Owner = EncoderPredictor.FineTuneText;

    private readonly EncoderTrainer<FineTuneTextOptions> _trainer;

    internal FineTuneTextTrainer(IHostEnvironment env, TextEncoderSource encoder, FineTuneTextOptions options, ITextLabel label, Lesson? lesson = null) => _trainer = new(Owner, env, encoder, options, label, lesson);

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows; read once more for the classes of a label that is no key.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the encoder or the classes.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or rows of one class only, or a label is none, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextClassificationTransformer Fit(IDataView input)
    {
        return _trainer.Fit(
            input,
            columns =>
            {
                _trainer.Options.CheckClasses(Owner, columns.Labels!.Names.Count);
                return columns.Labels.Names;
            },
            (network, _) => Task(network),
            (built, scoring, columns) => new TextClassificationTransformer(built.Model, scoring, columns));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _trainer.GetOutputSchema(inputSchema);

    private TextClassificationTask Task(SequenceClassifier network)
    {
        int layers = network.Encoder.Config.LayerCount;
        return new(network, layers, name => TrainedEncoder.LayerOf(name, "encoder.", layers), _trainer.Options);
    }
}
