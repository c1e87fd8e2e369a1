using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>One run of a text classifier's <c>Fit</c>: rows to ids, network, training, transformer.</summary>
internal sealed class TextClassifierFit(string owner, IHost host, IChannel channel, TextClassificationOptions options, IClassificationLabel label, int seed)
{
    public TextClassificationTransformer Run(IDataView input, Func<ITextClassifierBuilder> open)
    {
        IClassificationColumns columns = label.Columns(input.Schema[options.LabelColumnName]);
        CheckClasses(columns.Labels.Names.Count);
        using ITextClassifierBuilder builder = open();
        using TokenStore train = Read(input, builder);
        using TokenStore? validation = options.ValidationData is { } view ? Read(view, builder) : null;
        CheckRows(train, "training", twoClasses: true);
        if (validation is not null) CheckRows(validation, "validation", twoClasses: false);

        (ITextClassifierModel model, ITrainingTask task) = builder.Build(columns.Labels.Names);
        try
        {
            TrainingResult result = TrainingLoop.Run(task, train.All, validation?.All, options, new TrainingContext
            {
                Owner = owner,
                DefaultSeed = seed,
                Log = line => channel.Info(MessageSensitivity.None, "{0}", line),
                CheckCancellation = () => HostCancellation.ThrowIfCancelled(host),
            });
            channel.Info(MessageSensitivity.None, "{0}", $"Trained {result.Steps} steps on {train.Count} rows of {builder.Description} in {result.Elapsed.TotalSeconds:F1} s.");
            return new TextClassificationTransformer(host, model, options.Scoring() with { MaxLength = builder.MaxLength }, columns);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private TokenStore Read(IDataView data, ITextClassifierBuilder builder)
    {
        var reader = new LabelledTextReader(owner, options, label, builder.Encoder, builder.MaxLength, () =>
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            HostCancellation.ThrowIfCancelled(host);
        });
        TokenStore store = reader.Read(data);
        if (reader.RowsWithoutLabel > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutLabel} rows have no label and are left out.");
        if (reader.RowsTruncated > 0) channel.Info(MessageSensitivity.None, "{0}", $"{reader.RowsTruncated} of {store.Count} rows have more than {builder.MaxLength} tokens and were cut ({options.Truncation}).");
        return store;
    }

    private void CheckClasses(int classes)
    {
        if (classes < 2)
            throw new InvalidOperationException($"{owner}: label '{options.LabelColumnName}' has {classes} class; expected 2 or more. Check that the label was mapped over all training rows.");
        if (options.ClassWeights is { } weights && weights.Count != classes)
            throw new ArgumentException($"{owner}: ClassWeights has {weights.Count} values, but label '{options.LabelColumnName}' has {classes} classes; expected one a class.");
    }

    private void CheckRows(TokenStore store, string kind, bool twoClasses)
    {
        if (store.Count == 0)
            throw new InvalidOperationException($"{owner}: there are no {kind} rows with a label; expected at least one. Check the data and column '{options.LabelColumnName}'.");
        if (!twoClasses) return;
        long first = store.ClassLabel(0);
        for (long row = 1; row < store.Count; row++)
            if (store.ClassLabel(row) != first) return;
        throw new InvalidOperationException($"{owner}: all {store.Count} {kind} rows are of one class; expected rows of 2 or more. Check column '{options.LabelColumnName}'.");
    }
}
