using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds ordinal classification by fine-tuned encoders to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class FineTuneOrdinalCatalog
{
    /// <summary>Fine-tunes an encoder to tell classes that have an order.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="encoder">A checkpoint directory, a fitted encoder, or <see cref="ScratchEncoder"/>.</param>
    /// <param name="options">Columns, limits, training.</param>
    public static FineTuneOrdinalTrainer FineTuneOrdinal(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, TextEncoderSource encoder, FineTuneOrdinalOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), encoder, options);
}
