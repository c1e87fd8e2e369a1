using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Fine-tunes a pretrained encoder, all of it, to predict a number of a text or of a pair of texts, such as their similarity (Devlin et al. 2018). Gives
/// ML.NET's own prediction column, so that <c>Evaluate</c> and <c>CrossValidate</c> work as for every other trainer.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Text</term><description>Text; optionally a second text for pairs</description></item>
/// <item><term>Label</term><description>Single, Double or an integer type; rows whose label is NaN are left out of training</description></item>
/// <item><term>Score</term><description>Single, in the label's unit</description></item>
/// </list>
/// Evaluations report <c>Loss</c> (the mean squared error, by which the best is chosen), <c>RootMeanSquaredError</c>, <c>Pearson</c> and <c>Spearman</c>.
/// </remarks>
public sealed class FineTuneTextRegressionTrainer : IEstimator<TextRegressionTransformer>
{
    private const string Owner = EncoderPredictor.FineTuneText;
    private static readonly string[] s_outputs = ["LABEL_0"];   // as Hugging Face's libraries name it

    private readonly EncoderTrainer<FineTuneTextRegressionOptions> _trainer;

    internal FineTuneTextRegressionTrainer(IHostEnvironment env, TextEncoderSource encoder, FineTuneTextRegressionOptions options, Lesson? lesson = null) => _trainer = new(Owner, env, encoder, options, new RegressionLabel(), lesson);

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the encoder.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or all labels are alike or one is infinite in 32 bits.</exception>
    /// <exception cref="Training.TrainingDivergedException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextRegressionTransformer Fit(IDataView input)
    {
        return _trainer.Fit(input, _ => s_outputs, (network, rows) => new TextRegressionTask(network, LabelScale.Of(rows)), (built, scoring, _) =>
        {
            LabelScale left = built.Task.FoldScale(scoring.Precision);
            return new TextRegressionTransformer(built.Model, scoring, left.Mean, left.Deviation);
        });
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _trainer.GetOutputSchema(inputSchema);
}
