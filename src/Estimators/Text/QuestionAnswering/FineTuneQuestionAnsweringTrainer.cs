using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Fine-tunes a pretrained encoder to cut the answer to a question out of a context of any length (Devlin et al. 2018, section 4.2).</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Question, Context</term><description>Text</description></item>
/// <item><term>Answer</term><description>Text, read by <c>Fit</c> alone; on request its place, a number</description></item>
/// <item><term>PredictedAnswer</term><description>Text</description></item>
/// <item><term>PredictedAnswerStart, PredictedAnswerLength</term><description>Int32, characters of the context; -1 and 0 where there is no answer</description></item>
/// <item><term>Score</term><description>Single, log-odds against no answer</description></item>
/// </list>
/// Evaluations report <c>F1</c> (overlap of tokens, by which the best is chosen), <c>ExactMatch</c> and <c>Loss</c>, of windows, those without the answer only where <see cref="FineTuneQuestionAnsweringOptions.AllowNoAnswer"/> is set; for SQuAD's own figures see <see cref="Metrics.AnswerScore"/>.
/// </remarks>
public sealed class FineTuneQuestionAnsweringTrainer : IEstimator<QuestionAnsweringTransformer>
{
    private const string Owner = QuestionAnsweringTransformer.Owner;

    private readonly IHost _host;
    private readonly TextEncoderSource _encoder;
    private readonly FineTuneQuestionAnsweringOptions _options;
    private readonly int _seed;

    internal FineTuneQuestionAnsweringTrainer(IHostEnvironment env, TextEncoderSource encoder, FineTuneQuestionAnsweringOptions options)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(FineTuneQuestionAnsweringTrainer));
        options.Validate(Owner);
        (_encoder, _options) = (encoder, (FineTuneQuestionAnsweringOptions)options.Clone());
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the encoder.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or an answer does not stand in its context.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public QuestionAnsweringTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        using TextModel<TextEncoder> opened = _encoder.Open(input, _options.Scoring.QuestionColumnName, _options.Scoring.ContextColumnName, _seed, CheckCancellation);
        QuestionWindows.Check(Owner, TunedEncoder.MaxLength(opened, _options.Scoring.MaxLength), _options.Scoring);   // before hours of training
        using TokenStore rows = Read(input, "training", opened, channel);
        using TokenStore? held = _options.ValidationData is { } data ? Read(data, "validation", opened, channel) : null;
        (TextModel<SpanClassifier> model, TrainingResult result) = SeedSearch.Best(
            _options,
            rows.All,
            held?.All,
            TrainingContext.Of(Owner, _host, channel, _seed),
            seed => WithHead(opened, seed),
            (built, seed, run) => TunedEncoder.Train(new QuestionAnsweringTask(built.Network, built.Tokenizer, _options), built.Network.Encoder, _options.Tuning, seed, run));
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Trained {result.Steps} steps on {rows.Count} windows of {_encoder.Description} in {result.Elapsed.TotalSeconds:F1} s."));
        return TunedEncoder.Serve(model, () => new QuestionAnsweringTransformer(model, _options.Scoring with { MaxLength = TunedEncoder.MaxLength(opened, _options.Scoring.MaxLength) })).LoggingTo(_host);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TextColumnShapes.Check(Owner, inputSchema, _options.Scoring.QuestionColumnName, _options.Scoring.ContextColumnName);
        TextColumnShapes.Check(Owner, inputSchema, _options.AnswerColumnName, null);
        if (_options.AnswerStartColumnName is { } start && TextColumnShapes.Require(Owner, inputSchema, start) is var column && !NumberColumn.Holds(column))
            throw new ArgumentException($"Column '{start}' is {column.Describe()}; {Owner} reads the answer's place as {NumberColumn.Kinds}. Convert it with Transforms.Conversion.ConvertType.", nameof(inputSchema));
        return inputSchema.With(QuestionAnsweringColumns.Of(_options.Scoring).Select(c => SchemaShapes.Scalar(c.Name, c.Type)));
    }

    private TextModel<SpanClassifier> WithHead(TextModel<TextEncoder> opened, int seed)
    {
        TextModel<TextEncoder> own = TunedEncoder.Copy(opened, _options.Tuning, Owner, seed);
        return new TextModel<SpanClassifier>(new SpanClassifier(own.Network, seed), own.Tokenizer, opened.Config);
    }

    private TokenStore Read(IDataView data, string kind, TextModel<TextEncoder> opened, IChannel channel)
    {
        var reader = new QuestionReader(Owner, _options, opened, CheckCancellation);
        TokenStore store = reader.Read(data);
        channel.Info(MessageSensitivity.None, "{0}", $"{reader.Rows} {kind} rows, {reader.RowsWithoutAnswer} of them without an answer, in {store.Count} windows.");
        if (reader.AnswersTooLong > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.AnswersTooLong} {kind} answers fit into no window and are learnt as none; raise MaxLength or lower Stride.");
        if (reader.AnswersBeyondLimit > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.AnswersBeyondLimit} {kind} answers have more than {_options.Scoring.MaxAnswerLength} tokens, which the fitted model never gives; raise MaxAnswerLength.");
        if (store.Count > 0) return store;
        store.Dispose();
        throw new InvalidOperationException($"{Owner}: there are no {kind} rows; expected at least one. Check the data.");
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
