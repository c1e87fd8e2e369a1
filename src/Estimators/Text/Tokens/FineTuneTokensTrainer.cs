using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Fine-tunes a pretrained encoder, all of it, to tag words: entities, chunks, parts of speech (Devlin et al. 2018, section 5.3). A word's tag is read from the
/// state of its first piece; where wanted, a conditional random field chooses the tags of a row together (Lample et al. 2016).
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Text</term><description>Vector of text with ready-made words, or text; <see cref="TokenClassificationTransformer"/> says what its words are</description></item>
/// <item><term>Label</term><description>Vector of text, or of keys whose values are text: one tag a word; rows without tags are left out of training</description></item>
/// </list>
/// Columns added: see <see cref="TokenClassificationTransformer"/>. Evaluations report <c>Loss</c> and <c>Accuracy</c> by word and, with a scheme, <c>Precision</c>,
/// <c>Recall</c> and <c>F1</c> of entities as the CoNLL scorer counts them, of which F1 selects the best; without one it is the accuracy. In training and evaluations
/// a row over <see cref="FineTuneTokensOptions.MaxLength"/> counts as several, one a window, and an entity that a border divides as two.
/// </remarks>
public sealed class FineTuneTokensTrainer : IEstimator<TokenClassificationTransformer>
{
    private const string Owner = TokenClassificationTransformer.Owner;

    private readonly IHost _host;
    private readonly TextEncoderSource _encoder;
    private readonly FineTuneTokensOptions _options;
    private readonly int _seed;

    internal FineTuneTokensTrainer(IHostEnvironment env, TextEncoderSource encoder, FineTuneTokensOptions options)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(FineTuneTokensTrainer));
        options.Validate(Owner);
        (_encoder, _options) = (encoder, (FineTuneTokensOptions)options.Clone());
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The training rows.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the encoder.</exception>
    /// <exception cref="InvalidOperationException">There are no rows with tags; or a row has another number of tags than of words, or tags that the scheme or the training data do not know; or all tags are alike.</exception>
    /// <exception cref="TrainingDivergedException">The loss is no longer a number.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TokenClassificationTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validationView) GetOutputSchema(SchemaShapes.Of(validationView.Schema));
        using IChannel channel = _host.Start(Owner);
        using TextModel<TextEncoder> opened = _encoder.Open(input, _options.TextColumnName, null, _seed, () => HostCancellation.ThrowIfCancelled(_host));
        int maxLength = TunedEncoder.MaxLength(opened, _options.MaxLength);
        TokenScoringOptions scoring = _options.Scoring(maxLength);
        var numbers = new TagNumbers(scoring.TrainedAs);
        using TokenStore train = Read(channel, input, "training", opened, maxLength, numbers);
        CheckTags(numbers);
        numbers.IsClosed = true;
        using TokenStore? validation = _options.ValidationData is { } view ? Read(channel, view, "validation", opened, maxLength, numbers) : null;

        (TextModel<TokenClassifier> model, TrainingResult result) = SeedSearch.Best(
            _options,
            train.All,
            validation?.All,
            TrainingContext.Of(Owner, _host, channel, _seed),
            seed => WithHead(opened, numbers.Tags, seed),
            (built, seed, run) =>
            {
                var plain = new TokenClassificationTask(built.Network, new StoredTags(opened.Tokenizer.VocabSize), new TagSet(numbers.Tags, scoring.Scheme, scoring.TrainedAs), _options.ConstrainTransitions);
                return TunedEncoder.Train(plain, built.Network.Encoder, _options.Tuning, seed, run);
            });
        channel.Info(MessageSensitivity.None, "{0}", $"Trained {result.Steps} steps on {train.Count} windows of {_encoder.Description} in {result.Elapsed.TotalSeconds:F1} s.");
        return TunedEncoder.Serve(model, () => new TokenClassificationTransformer(model, scoring)).LoggingTo(_host);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => TokenShapes.Add(Owner, inputSchema, _options);

    private TokenStore Read(IChannel channel, IDataView data, string kind, TextModel<TextEncoder> opened, int maxLength, TagNumbers numbers)
    {
        var reader = new TaggedRowReader(Owner, _options, opened.Tokenizer, maxLength, numbers, () => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken));
        TokenStore store = reader.Read(data);
        if (reader.RowsWithoutTags > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutTags} of {reader.Rows} {kind} rows have no tags and are left out.");
        if (reader.RowsDivided > 0) channel.Info(MessageSensitivity.None, "{0}", $"{reader.RowsDivided} of {reader.Rows} {kind} rows have more than {maxLength} tokens and were divided between words.");
        if (reader.WordsCut > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.WordsCut} words of {kind} rows have more pieces than MaxLength ({maxLength}) has room for; the network sees the first ones.");
        if (store.Count > 0) return store;
        store.Dispose();
        throw new InvalidOperationException($"{Owner}: there are no {kind} rows with tags; expected at least one. Check the data and column '{_options.LabelColumnName}'.");
    }

    private void CheckTags(TagNumbers numbers)
    {
        if (numbers.Tags.Count >= 2) return;
        string expected = _options.Scheme is null ? "2 different tags or more" : "an entity";
        throw new InvalidOperationException($"{Owner}: all words of the training rows have the tag '{numbers.Tags[0]}'; expected {expected}. Check column '{_options.LabelColumnName}'.");
    }

    // Without the pooler, which a head over words does not use.
    private TextModel<TokenClassifier> WithHead(TextModel<TextEncoder> opened, IReadOnlyList<string> tags, int seed)
    {
        TextModel<TextEncoder> own = TunedEncoder.Copy(opened, _options.Tuning, Owner, seed, withPooler: false);
        double headDropout = _options.Dropout ?? opened.Config.ClassifierDropout ?? own.Config.Encoder.HiddenDropout;
        var network = new TokenClassifier(own.Network, tags.Count, headDropout, _options.UseCrf, seed);
        return new TextModel<TokenClassifier>(network, own.Tokenizer, opened.Config with { Encoder = opened.Config.Encoder with { HasPooler = false }, Labels = tags });
    }
}
