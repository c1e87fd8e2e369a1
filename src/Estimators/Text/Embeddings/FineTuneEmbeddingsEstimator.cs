using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Fine-tunes an encoder on pairs of texts so that the cosine of two vectors says how well their texts fit (Reimers and Gurevych 2019). Texts are
/// encoded apart: vectors of millions can be made once and searched.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text; what the fitted transformer reads</description></item>
/// <item><term>Pair</term><description>Text; read in training only. Rows where it or the input holds no text are left out</description></item>
/// <item><term>Negative</term><description>Text; optional, read in training only</description></item>
/// <item><term>Label</term><description>A number; read in training, for cosine regression only</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of the encoder's hidden size</description></item>
/// </list>
/// </remarks>
public sealed class FineTuneEmbeddingsEstimator : IEstimator<TextEncoderTransformer>
{
    private const string Owner = "FineTuneEmbeddings";

    private readonly IHost _host;
    private readonly TextEncoderSource _encoder;
    private readonly FineTuneEmbeddingsOptions _options;
    private readonly string _output;
    private readonly string[] _texts;
    private readonly int _seed;

    internal FineTuneEmbeddingsEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, string pairColumnName, TextEncoderSource encoder, FineTuneEmbeddingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(FineTuneEmbeddingsEstimator));
        if (string.IsNullOrEmpty(outputColumnName)) throw new ArgumentException($"{Owner}: the output column's name is empty; name the column to add.");
        if (string.IsNullOrEmpty(pairColumnName)) throw new ArgumentException($"{Owner}: the pair column's name is empty; name the column of the second texts.");
        options.Validate(Owner);
        options.Encoding(outputColumnName, inputColumnName).Validate(Owner);
        (_encoder, _options, _output) = (encoder, (FineTuneEmbeddingsOptions)options.Clone(), outputColumnName);
        _texts = options.NegativeColumnName is { } negative ? [inputColumnName, pairColumnName, negative] : [inputColumnName, pairColumnName];
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The pairs.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the options do not fit the encoder.</exception>
    /// <exception cref="InvalidOperationException">There are too few rows with text, or a label is out of range; or the checkpoint folder is another run's.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not a number; the message says the step, the learning rate, and where the last checkpoint is.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextEncoderTransformer Fit(IDataView input)
    {
        CheckColumns(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) CheckColumns(SchemaShapes.Of(validation.Schema));
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        using TextModel<TextEncoder> opened = _encoder.Open(input, _texts, _seed, CheckCancellation);
        _options.CheckPooling(Owner, opened.Config.Encoder.HasPooler);
        int maxLength = TunedEncoder.MaxLength(opened, _options.MaxLength);
        using TokenStore rows = Read(input, opened, maxLength, "training", channel);
        using TokenStore? held = _options.ValidationData is { } data ? Read(data, opened, maxLength, "validation", channel) : null;
        CheckSplit(rows);
        if (_options.NeedsOthers && _options.MaxTokensPerBatch < 2 * rows.LongestRow)
            throw new ArgumentException($"{Owner}: MaxTokensPerBatch is {_options.MaxTokensPerBatch}, and the longest row has {rows.LongestRow} tokens; expected {2 * rows.LongestRow} or more: a row alone in its batch has nothing to be told from. Raise it, or lower MaxLength.");

        (TextModel<TextEncoder> model, TrainingResult result) = SeedSearch.Best(
            _options,
            rows.All,
            held?.All,
            TrainingContext.Of(Owner, _host, channel, _seed),
            seed => TunedEncoder.CopyOf(opened, _options.Tuning, Owner, seed),
            (built, seed, run) =>
            {
                var plain = new EmbeddingTask(built.Network, new EmbeddingBatches(_options, built.Tokenizer.PadTokenId), _options, Math.Min(rows.LongestRow, maxLength));
                return TunedEncoder.Train(plain, built.Network, _options.Tuning, seed, run);
            });
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Trained {result.Steps} steps on {rows.Count} pairs, {_encoder.Description}, in {result.Elapsed.TotalSeconds:F1} s."));
        return TunedEncoder.Serve(model, () => new TextEncoderTransformer(_host, model, _options.Encoding(_output, _texts[0], maxLength)));
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        CheckColumns(inputSchema);
        return inputSchema.With([SchemaShapes.Vector(_output, NumberDataViewType.Single)]);
    }

    private void CheckColumns(SchemaShape shape)
    {
        foreach (string text in _texts) TextColumnShapes.Check(Owner, shape, text, null);
        if (_options.Loss != EmbeddingLoss.CosineRegression) return;
        SchemaShape.Column label = TextColumnShapes.Require(Owner, shape, _options.LabelColumnName);
        if (!NumberColumn.Holds(label))
            throw new ArgumentException($"Label column '{label.Name}' is {label.Describe()}; {Owner} reads {NumberColumn.Kinds}. Map it with Transforms.Conversion.ConvertType, or name another column in the options.", nameof(shape));
    }

    private TokenStore Read(IDataView data, TextModel<TextEncoder> model, int maxLength, string kind, IChannel channel)
    {
        var reader = new TextPairReader(Owner, _texts, _options, model.Tokenizer, maxLength, CheckCancellation);
        TokenStore rows = reader.Read(data);
        if (reader.RowsWithoutLabel > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutLabel} {kind} rows have no label and are left out.");
        if (reader.RowsWithoutText > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutText} {kind} rows have no text in '{_texts[0]}' or '{_texts[1]}' and are left out.");
        if (reader.TextsTruncated > 0) channel.Info(MessageSensitivity.None, "{0}", $"{reader.TextsTruncated} texts of {rows.Count} {kind} rows have more than {maxLength} tokens and were cut ({_options.Truncation}).");
        int least = _options.NeedsOthers ? 2 : 1;
        if (rows.Count >= least) return rows;
        (long count, long without) = (rows.Count, reader.RowsWithoutText + reader.RowsWithoutLabel);
        rows.Dispose();
        throw new InvalidOperationException(count == 0
            ? $"{Owner}: there are no {kind} rows with text in both '{_texts[0]}' and '{_texts[1]}' ({without} were left out); expected {least} or more. Check the data and the columns."
            : $"{Owner}: there is {count} {kind} row; expected 2 or more, for its texts are told from those of other rows. Add rows, or a NegativeColumnName.");
    }

    private void CheckSplit(TokenStore rows)
    {
        if (_options.ValidationFraction == 0 || !_options.NeedsOthers || rows.Count * Math.Min(_options.ValidationFraction, 1 - _options.ValidationFraction) >= 2) return;
        throw new InvalidOperationException(FormattableString.Invariant($"{Owner}: ValidationFraction is {_options.ValidationFraction} of {rows.Count} rows; expected 2 rows or more on each side, for texts are told from those of other rows. Add rows, or change the fraction."));
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
