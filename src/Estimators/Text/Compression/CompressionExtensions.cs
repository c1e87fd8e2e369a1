using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Makes fitted encoders smaller: fewer words, fewer layers, fewer attention heads, fewer bits on disk. The model that is given stays as it is; the one that is made has weights of its own, is saved
/// and loaded as any other, and can be trained on, being a <see cref="TextEncoderSource"/>: trainers take its encoder and begin a new head. What it cost is measured by <see cref="CompressionReport"/>.
/// </summary>
public static class CompressionExtensions
{
    private const string Owner = "Compress";

    /// <summary>A smaller encoder. Its vectors have the same size.</summary>
    /// <param name="model">The fitted encoder.</param>
    /// <param name="options">What is to go.</param>
    /// <exception cref="ArgumentException">An option is out of range or does not fit the encoder, or a column is missing.</exception>
    /// <exception cref="InvalidOperationException">The corpus has no text, or there are no rows to judge heads by.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static TextEncoderTransformer Compress(this TextEncoderTransformer model, CompressionOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        TextModel<TextEncoder> smaller = new EncoderCompressor<TextEncoder>(model.Model, model.Runner, model.Options, options).Run(made => new HeadJudge(model.Options, options).ByVectors(made, model.Options));
        return Serve(smaller, () => new TextEncoderTransformer(model.Host, smaller, model.Options with { StoredWeights = options.StoredWeights ?? model.Options.StoredWeights }));
    }

    /// <summary>A smaller classifier of the same classes.</summary>
    /// <param name="model">The fitted classifier; one of <c>FineTuneText</c>, not a TextCnn.</param>
    /// <param name="options">What is to go.</param>
    /// <exception cref="ArgumentException">The model has no encoder, an option is out of range or does not fit it, or a column is missing.</exception>
    /// <exception cref="InvalidOperationException">The corpus has no text, or there are no rows with labels to judge heads by.</exception>
    /// <exception cref="OperationCanceledException">The options' token was cancelled.</exception>
    public static TextClassificationTransformer Compress(this TextClassificationTransformer model, CompressionOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        (ITextLabel Label, ILabelReader Reader) labels = model.Columns is BinaryColumns ? (new BinaryLabel(), new BinaryLabel()) : (new MulticlassLabel(), new ClassReader(Owner, model.Columns.Labels!, "HeadData"));
        return Compress(model.Model, model.Runner, model.Options, model.Columns, labels, options, (smaller, scoring) => new TextClassificationTransformer(smaller, scoring, model.Columns));
    }

    /// <summary>A smaller regression.</summary>
    /// <inheritdoc cref="Compress(TextClassificationTransformer, CompressionOptions)"/>
    /// <param name="model">The fitted regression.</param>
    /// <param name="options">What is to go.</param>
    public static TextRegressionTransformer Compress(this TextRegressionTransformer model, CompressionOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        var label = new RegressionLabel();
        return Compress(model.Model, model.Runner, model.Options, model.Columns, (label, label), options, (smaller, scoring) => new TextRegressionTransformer(smaller, scoring, model.Mean, model.Deviation));
    }

    /// <summary>A smaller classifier of the same labels, with the same thresholds.</summary>
    /// <inheritdoc cref="Compress(TextClassificationTransformer, CompressionOptions)"/>
    /// <param name="model">The fitted classifier.</param>
    /// <param name="options">What is to go.</param>
    public static MultiLabelTransformer Compress(this MultiLabelTransformer model, CompressionOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        LabelValues labels = model.Columns.Labels!;
        return Compress(model.Model, model.Runner, model.Options, model.Columns, (new LabelSet(), new LabelSetReader(Owner, labels, "HeadData")), options, (smaller, scoring) => new MultiLabelTransformer(smaller, scoring, labels, model.Thresholds));
    }

    private static TTransformer Compress<TTransformer>(
        ITextPredictor model,
        TextNetworkRunner runner,
        TextScoringOptions scoring,
        IPredictionColumns columns,
        (ITextLabel Label, ILabelReader Reader) labels,
        CompressionOptions options,
        Func<ITextPredictor, TextScoringOptions, TTransformer> serve)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (model is not EncoderPredictor predictor) throw new ArgumentException($"{Owner}: a {model.Owner} has no encoder; expected a transformer that was fitted by FineTuneText.", nameof(model));
        TextModel<SequenceClassifier> smaller = new EncoderCompressor<SequenceClassifier>(predictor.TextModel, runner, scoring, options).Run(made => new HeadJudge(scoring, options).ByLoss(made, labels.Label, labels.Reader, columns));
        return Serve(smaller, () => serve(new EncoderPredictor(smaller, predictor.Owner), scoring with { StoredWeights = options.StoredWeights ?? scoring.StoredWeights }));
    }

    private static TTransformer Serve<TTransformer>(IDisposable owned, Func<TTransformer> make)
    {
        try
        {
            return make();
        }
        catch
        {
            owned.Dispose();
            throw;
        }
    }
}
