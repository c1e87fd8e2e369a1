using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Fine-tunes a pretrained encoder, all of it, to give a text, or a pair of texts, any number of labels: each is told from its absence by itself, by a sigmoid over one output
/// of the network. Then the probability from which on a label is given is chosen for each of them on the validation rows.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Text</term><description>Text; optionally a second text for pairs</description></item>
/// <item><term>Label</term><description>Vector of keys, of any length, 0 (missing) passed over; or vector of Boolean or of Single, 0 = absent, with a slot name a label. Rows may have none; those with a NaN are left out of training</description></item>
/// <item><term>PredictedLabel</term><description>Vector of keys with the label's values, of any length, in the order of the keys</description></item>
/// <item><term>Score</term><description>One probability a label, each of its own</description></item>
/// </list>
/// Evaluations report <c>Loss</c> (binary cross-entropy, the mean over labels, by which the best is chosen), and at the thresholds given, else 0.5, <c>MicroF1</c>, <c>MacroF1</c>,
/// <c>SubsetAccuracy</c> and <c>HammingLoss</c>. F1 does not choose: before the thresholds are tuned, rare labels are below 0.5 for many epochs, and it would see nothing get better.
/// </remarks>
public sealed class FineTuneMultiLabelTrainer : IEstimator<MultiLabelTransformer>
{
    private const string Owner = MultiLabelTransformer.Owner;

    private readonly EncoderTrainer<FineTuneMultiLabelOptions> _trainer;

    internal FineTuneMultiLabelTrainer(IHostEnvironment env, TextEncoderSource encoder, FineTuneMultiLabelOptions options) => _trainer = new(Owner, env, encoder, options, new LabelSet());

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the encoder or the labels.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or none has a label.</exception>
    /// <exception cref="Training.TrainingDivergedException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public MultiLabelTransformer Fit(IDataView input)
    {
        return _trainer.Fit(
            input,
            columns =>
            {
                _trainer.Options.CheckLabels(Owner, columns.Labels!.Names.Count);
                return columns.Labels.Names;
            },
            (network, _) => new MultiLabelTask(network, _trainer.Options),
            (built, scoring, columns) => new MultiLabelTransformer(built.Model, scoring, columns.Labels!, built.Task.Thresholds));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _trainer.GetOutputSchema(inputSchema);
}
