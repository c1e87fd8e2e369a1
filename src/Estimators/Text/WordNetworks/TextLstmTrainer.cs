using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Trains a bidirectional LSTM over word vectors as a text classifier (Tang et al. 2019): it knows the order of words, at more time than a <c>TextCnn</c> takes and far
/// less than an encoder. Gives ML.NET's own prediction columns.
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
public sealed class TextLstmTrainer : IEstimator<TextClassificationTransformer>
{
    private readonly WordNetworkTrainer<TextLstmOptions> _trainer;

    internal TextLstmTrainer(IHostEnvironment env, TextLstmOptions options, ITextLabel label, Lesson? lesson = null) =>
        _trainer = new("TextLstm", env, options, label, lesson, (texts, own, check) => new TextLstmBuilder(texts, own, check));

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows; read twice, for the words and for the texts, and once more for the classes of a label that is no key.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the classes.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or rows of one class only, or a label is none, or the loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextClassificationTransformer Fit(IDataView input) => _trainer.Fit(input);

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _trainer.GetOutputSchema(inputSchema);
}
