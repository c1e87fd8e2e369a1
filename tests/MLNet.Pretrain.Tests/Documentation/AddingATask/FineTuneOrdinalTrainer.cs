using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.Pretrain.Text;

/// <summary>Fine-tunes a pretrained encoder to tell classes that have an order, such as stars. The label's keys are in that order.</summary>
public sealed class FineTuneOrdinalTrainer : IEstimator<TextClassificationTransformer>
{
    private readonly EncoderTrainer<FineTuneOrdinalOptions> _trainer;

    internal FineTuneOrdinalTrainer(IHostEnvironment env, TextEncoderSource encoder, FineTuneOrdinalOptions options) =>
        _trainer = new("FineTuneOrdinal", env, encoder, options, new MulticlassLabel());

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows.</param>
    public TextClassificationTransformer Fit(IDataView input) => _trainer.Fit(
        input,
        columns => columns.Labels!.Names,
        (network, _) => new OrdinalTask(network),
        (built, scoring, columns) => new TextClassificationTransformer(built.Model, scoring, columns));

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => _trainer.GetOutputSchema(inputSchema);
}
