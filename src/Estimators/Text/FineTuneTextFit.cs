using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>One run of <see cref="FineTuneTextTrainer.Fit"/>: rows to tokens, encoder to classifier, training, transformer.</summary>
internal sealed class FineTuneTextFit(string owner, IHost host, IChannel channel, TextEncoderSource encoder, FineTuneTextOptions options, IClassificationLabel label, int seed)
{
    public TextClassificationTransformer Run(IDataView input)
    {
        IClassificationColumns columns = label.Columns(input.Schema[options.LabelColumnName]);
        int classes = columns.Labels.Names.Count;
        CheckClasses(classes);
        using TextModel<TextEncoder> opened = encoder.Open(input, options.TextColumnName, options.PairColumnName, seed);
        int maxLength = opened.ResolveMaxLength(options.MaxLength == 0 ? 0 : Math.Min(options.MaxLength, opened.Config.Encoder.MaxSequenceLength));
        using TokenStore train = Read(input, opened, maxLength);
        using TokenStore? validation = options.ValidationData is { } view ? Read(view, opened, maxLength) : null;
        CheckRows(train, "training", twoClasses: true);
        if (validation is not null) CheckRows(validation, "validation", twoClasses: false);

        TextModel<SequenceClassifier> model = Classifier(opened, columns.Labels.Names);
        try
        {
            var task = new TextClassificationTask(model.Network, options.LabelSmoothing, options.ClassWeights);
            TrainingResult result = TrainingLoop.Run(task, train.All, validation?.All, options, new TrainingContext
            {
                Owner = owner,
                DefaultSeed = seed,
                Log = line => channel.Info(MessageSensitivity.None, "{0}", line),
                CheckCancellation = () => HostCancellation.ThrowIfCancelled(host),
            });
            channel.Info(MessageSensitivity.None, "{0}", $"Trained {result.Steps} steps on {train.Count} rows of {encoder.Description} in {result.Elapsed.TotalSeconds:F1} s.");
            return new TextClassificationTransformer(host, model, options.Scoring() with { MaxLength = maxLength }, columns);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private TokenStore Read(IDataView data, TextModel<TextEncoder> model, int maxLength)
    {
        var reader = new LabelledTextReader(owner, options, label, model.Tokenizer, maxLength, () =>
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            HostCancellation.ThrowIfCancelled(host);
        });
        TokenStore store = reader.Read(data);
        if (reader.RowsWithoutLabel > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutLabel} rows have no label and are left out.");
        if (reader.RowsTruncated > 0) channel.Info(MessageSensitivity.None, "{0}", $"{reader.RowsTruncated} of {store.Count} rows have more than {maxLength} tokens and were cut ({options.Truncation}).");
        return store;
    }

    private TextModel<SequenceClassifier> Classifier(TextModel<TextEncoder> opened, IReadOnlyList<string> labels)
    {
        TextEncoderConfig config = opened.Config.Encoder;
        if (options.Dropout is { } dropout) config = config with { HiddenDropout = dropout, AttentionDropout = dropout };
        TextModel<TextEncoder> own = opened.CopyEncoder(config);
        double headDropout = options.Dropout ?? opened.Config.ClassifierDropout ?? config.HiddenDropout;
        var network = new SequenceClassifier(own.Network, labels.Count, headDropout, seed);
        return new TextModel<SequenceClassifier>(network, own.Tokenizer, own.Config with { Labels = labels, ClassifierDropout = headDropout });
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
