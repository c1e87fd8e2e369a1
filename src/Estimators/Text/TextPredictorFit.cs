using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>One run of the <c>Fit</c> of whatever predicts one thing of a text: rows to ids, network, training, transformer.</summary>
internal sealed class TextPredictorFit(string owner, IHost host, IChannel channel, TextTrainingOptions options, ILabelReader label, int seed)
{
    /// <param name="input">The training rows.</param>
    /// <param name="labels">One an output.</param>
    /// <param name="open">Makes what the network contributes.</param>
    /// <param name="serve">Makes the transformer, which owns the model, of what was trained.</param>
    public TTransformer Run<TTask, TTransformer>(
        IDataView input,
        IReadOnlyList<string> labels,
        Func<ITextPredictorBuilder<TTask>> open,
        Func<BuiltPredictor<TTask>, TextScoringOptions, TTransformer> serve) where TTask : ITrainingTask
    {
        using ITextPredictorBuilder<TTask> builder = open();
        using TokenStore train = Read(input, "training", builder.Encoder, builder.MaxLength, labels.Count);
        using TokenStore? validation = options.ValidationData is { } view ? Read(view, "validation", builder.Encoder, builder.MaxLength, labels.Count) : null;
        label.CheckRows(owner, train, options.LabelColumnName);

        (BuiltPredictor<TTask> built, TrainingResult result) = SeedSearch.Best(
            options,
            train.All,
            validation?.All,
            TrainingContext.Of(owner, host, channel, seed),
            own => builder.Build(labels, train, own),
            (predictor, _, run) => predictor.Train(run));
        channel.Info(MessageSensitivity.None, "{0}", $"Trained {result.Steps} steps on {train.Count} rows of {builder.Description} in {result.Elapsed.TotalSeconds:F1} s.");
        try
        {
            return serve(built, options.Scoring() with { MaxLength = builder.MaxLength });
        }
        catch
        {
            built.Dispose();
            throw;
        }
    }

    private TokenStore Read(IDataView data, string kind, ISequenceEncoder encoder, int maxLength, int classes)
    {
        var reader = new LabelledTextReader(owner, options, label, encoder, maxLength, classes, () =>
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            HostCancellation.ThrowIfCancelled(host);
        });
        TokenStore store = reader.Read(data);
        if (reader.RowsWithoutLabel > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutLabel} {kind} rows have no label and are left out.");
        if (reader.RowsTruncated > 0) channel.Info(MessageSensitivity.None, "{0}", $"{reader.RowsTruncated} of {store.Count} {kind} rows have more than {maxLength} tokens and were cut ({options.Truncation}).");
        if (store.Count > 0) return store;
        store.Dispose();
        throw new InvalidOperationException($"{owner}: there are no {kind} rows with a label; expected at least one. Check the data and column '{options.LabelColumnName}'.");
    }
}
