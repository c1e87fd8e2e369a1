using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Pretrains an encoder on text without labels: hidden words, and if wanted, pairs of sentences (Devlin et al. 2018; Liu et al. 2019; Lan et al. 2020).</summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text; optionally a text column that names each row's document</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of the encoder's hidden size</description></item>
/// </list>
/// </remarks>
public sealed class PretrainBertEstimator : IEstimator<TextEncoderTransformer>
{
    private const string Owner = "PretrainBert";

    private readonly IHost _host;
    private readonly TextEncodingOptions _columns;
    private readonly PretrainBertOptions _options;
    private readonly int _seed;

    internal PretrainBertEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, PretrainBertOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(PretrainBertEstimator));
        options.Validate(Owner);
        _columns = new TextEncodingOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName, Pooling = options.Pooling, Normalize = options.Normalize, MaxLength = options.MaxLength, Device = options.Device };
        _columns.Validate(Owner);
        _options = (PretrainBertOptions)options.Clone();
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Reads the texts (once more before, where a vocabulary is made of them), packs and trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">Rows of text.</param>
    /// <exception cref="ArgumentException">A column is missing or is not text, or the options do not fit the encoder.</exception>
    /// <exception cref="InvalidOperationException">There is no text, or too little for pairs; or the checkpoint folder is another run's.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not a number; the message says the step, the learning rate, and where the last checkpoint is.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextEncoderTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        TextEncoderSource source = _options.Encoder ?? new ScratchEncoder { Pooler = _options.NeedsPooler, MaxPositions = Math.Max(_options.MaxLength, new ScratchEncoder().MaxPositions) };
        using TextModel<TextEncoder> opened = source.Open(input, _columns.InputColumnName, null, _seed, CheckCancellation);
        TextModel<TextEncoder> model = Own(opened);
        try
        {
            using TeacherEncoder? teacher = Teacher(input, model);
            using TokenStore rows = Read(input, model, "training");
            using TokenStore? held = _options.ValidationData is { } data ? Read(data, model, "validation") : null;
            Train(model, rows, held, teacher, channel, source.Description);
            return new TextEncoderTransformer(_host, model, _columns);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        TextColumnShapes.Check(Owner, inputSchema, _columns.InputColumnName, _options.DocumentColumnName);
        return inputSchema.With([SchemaShapes.Vector(_columns.OutputColumnName!, NumberDataViewType.Single)]);
    }

    // A copy with pretraining's dropout, and with the checkpoint's own heads where it has them; where it has none, with new ones.
    private TextModel<TextEncoder> Own(TextModel<TextEncoder> opened)
    {
        TextEncoderConfig config = opened.Config.Encoder;
        opened.ResolveMaxLength(_options.MaxLength);
        if (_options.NeedsPooler && !config.HasPooler)
            throw new ArgumentException($"{Owner}: Packing is {_options.Packing}, which asks the pooled first token, but the encoder has no pooler. Use a ScratchEncoder with Pooler = true, or another packing.");
        if (_options.NeedsPooler && config.Family == TextEncoderFamily.Roberta)
            throw new ArgumentException($"{Owner}: Packing is {_options.Packing}, but a RoBERTa checkpoint keeps no head for pairs; use FullSequences, Documents or SameDocumentPairs.");
        if (_options.Pooling == Pooling.Pooler && !config.HasPooler)   // before hours of training
            throw new ArgumentException($"{Owner}: Pooling is Pooler, but the encoder has no pooler. Choose Mean, Max or Cls, or use a ScratchEncoder with Pooler = true and a packing that trains it (NextSentencePairs, SentenceOrderPairs).");
        TextEncoderConfig training = _options.Dropout is { } dropout ? config with { HiddenDropout = dropout, AttentionDropout = dropout } : config;
        TextModel<TextEncoder> copy = opened.CopyEncoder(training, withHeads: true);
        MaskedLanguageModelHead words = copy.Heads?.MaskedLanguageModel ?? new MaskedLanguageModelHead(config, _seed);
        if (!_options.NeedsPooler) copy.Heads?.NextSentence?.Dispose();   // it would fall behind the encoder
        NextSentenceHead? pairs = _options.NeedsPooler ? copy.Heads?.NextSentence ?? new NextSentenceHead(config, _seed) : null;
        return new TextModel<TextEncoder>(copy.Network, copy.Tokenizer, opened.Config) { Heads = new PretrainingHeads(words, pairs) };
    }

    private TeacherEncoder? Teacher(IDataView input, TextModel<TextEncoder> student)
    {
        if (_options.Distillation is not { } distillation) return null;
        var teacher = new TeacherEncoder(Owner, distillation.Teacher.Open(input, _columns.InputColumnName, null, _seed, CheckCancellation), student, _options.MaxLength);
        try
        {
            distillation.CheckFit(Owner, student.Config.Encoder, teacher);
            return teacher;
        }
        catch
        {
            teacher.Dispose();
            throw;
        }
    }

    private TokenStore Read(IDataView input, TextModel<TextEncoder> model, string kind)
    {
        var tokens = new PretrainingTokens(model.Tokenizer, _options.Segmenter);
        var reader = new SentenceReader(tokens, split: _options.IsPairs, CheckCancellation);
        using SentenceStore sentences = reader.Read(input, _columns.InputColumnName, _options.DocumentColumnName);
        if (reader.Rows == 0) throw new InvalidOperationException($"{Owner}: there are no {kind} rows; expected texts in column '{_columns.InputColumnName}'.");
        if (sentences.TokenCount == 0) throw new InvalidOperationException($"{Owner}: the {reader.Rows} {kind} rows of column '{_columns.InputColumnName}' hold no text; expected words. Check the column.");
        if (_options.Packing is SequencePacking.NextSentencePairs or SequencePacking.SameDocumentPairs && sentences.DocumentCount < 2)
            throw new InvalidOperationException($"{Owner}: Packing is {_options.Packing}, which tells documents from each other, but there is {sentences.DocumentCount} {kind} document; expected 2 or more. Each row is a document unless DocumentColumnName joins them.");
        TokenStore rows = PretrainingRows.Write(sentences, tokens, _options, _options.MaxLength, TrainingCheckpoints.SeedOf(_options) ?? _seed, CheckCancellation);
        if (rows.Count > 0) return rows;
        rows.Dispose();
        throw new InvalidOperationException($"{Owner}: the {sentences.TokenCount} {kind} tokens make no row; expected longer texts, two tokens a sentence at least.");
    }

    private void Train(TextModel<TextEncoder> model, TokenStore rows, TokenStore? held, TeacherEncoder? teacher, IChannel channel, string source)
    {
        var network = new PretrainingNetwork(model.Network, model.Heads!);
        var tokens = new PretrainingTokens(model.Tokenizer, null);
        int longest = _options.Packing == SequencePacking.SameDocumentPairs ? Math.Min(rows.LongestRow, _options.MaxLength / 2) : rows.LongestRow;
        var task = new PretrainBertTask(network, new PretrainingBatches(tokens, _options), _options, longest, teacher is null ? null : new PretrainingLesson(teacher, _options.Distillation!));
        channel.Info(MessageSensitivity.None, "{0}", $"{rows.TokenCount} tokens in {rows.Count} rows of at most {rows.LongestRow}; {source}.");
        TrainingResult result = TrainingLoop.Run(task, rows.All, held?.All, _options, TrainingContext.Of(Owner, _host, channel, _seed));
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Pretrained {result.Steps} steps in {result.Elapsed.TotalSeconds:F1} s."));
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
