using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Distillation;

/// <summary>
/// Teaches a small encoder the text vectors of a fitted pipeline, and where there are translations, to give them the vectors of what they translate
/// (Reimers and Gurevych 2020). What is fitted is an encoder like any other; it needs no teacher.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Input</term><description>Text; what the fitted transformer reads. Rows where it holds no text are left out of training</description></item>
/// <item><term>Translation</term><description>Text; optional, read in training only, may be empty</description></item>
/// <item><term>What the teacher reads</term><description>Read in training only, once a row</description></item>
/// <item><term>Output</term><description><c>Vector&lt;Single&gt;</c> of the student's hidden size</description></item>
/// </list>
/// </remarks>
public sealed class DistillEmbeddingsEstimator : IEstimator<TextEncoderTransformer>
{
    private const string Owner = "DistillEmbeddings";

    private readonly IHost _host;
    private readonly DistillationTeacher _teacher;
    private readonly TextEncoderSource _student;
    private readonly DistillEmbeddingsOptions _options;
    private readonly string _output, _input;
    private readonly int _seed;

    internal DistillEmbeddingsEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, DistillationTeacher teacher, TextEncoderSource student, DistillEmbeddingsOptions options)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register(nameof(DistillEmbeddingsEstimator));
        if (string.IsNullOrEmpty(outputColumnName)) throw new ArgumentException($"{Owner}: the output column's name is empty; name the column to add.");
        options.Validate(Owner);
        options.Encoding(outputColumnName, inputColumnName).Validate(Owner);
        TeacherVectors.Check(Owner, teacher);
        (_teacher, _student, _options, _output, _input) = (teacher, student, (DistillEmbeddingsOptions)options.Clone(), outputColumnName, inputColumnName);
        _seed = options.Seed ?? _host.Rand.Next();
    }

    /// <summary>Asks the teacher about each row, and trains. The transformer owns its network: dispose it when done.</summary>
    /// <param name="input">The texts, and what the teacher reads.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, the teacher's vectors are narrower than the student's, or the options do not fit the encoder.</exception>
    /// <exception cref="InvalidOperationException">There are no rows with text; or the teacher drops or reorders rows, or gives what is no vector; or the checkpoint folder is another run's.</exception>
    /// <exception cref="TrainingDivergedException">A loss or gradient is not a number; the message says the step, the learning rate, and where the last checkpoint is.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; a checkpoint holds what it had learnt where a folder was given.</exception>
    public TextEncoderTransformer Fit(IDataView input)
    {
        CheckColumns(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) CheckColumns(SchemaShapes.Of(validation.Schema));
        TorchRuntime.EnsureLoaded();
        using IChannel channel = _host.Start(Owner);
        string[] texts = _options.TranslationColumnName is { } translation ? [_input, translation] : [_input];
        using TextModel<TextEncoder> opened = _student.Open(input, texts, _seed, CheckCancellation);
        _options.CheckPooling(Owner, opened.Config.Encoder.HasPooler);
        int maxLength = TunedEncoder.MaxLength(opened, _options.MaxLength);
        TaughtTexts? rows = null, held = null;
        try
        {
            rows = Read(input, opened, maxLength, "training", channel);
            if (_options.ValidationData is { } data) held = Read(data, opened, maxLength, "validation", channel);
            int width = opened.Config.Encoder.HiddenSize;
            if (held is not null && held.Vectors.Width != rows.Vectors.Width)
                throw new ArgumentException($"{Owner}: the teacher's vectors have {rows.Vectors.Width} numbers for training rows and {held.Vectors.Width} for validation rows; expected the same.");
            if (rows.Vectors.Width > width)
            {
                using VectorReduction reduction = VectorReduction.Of(rows.Vectors, width);
                channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"The teacher's vectors have {rows.Vectors.Width} numbers, the student's {width}: their first {width} principal components are learnt, which have {reduction.Kept:P1} of the variance."));
                rows = rows.With(reduction.Apply(rows.Vectors));
                held = held?.With(reduction.Apply(held.Vectors));
            }
            return Train(rows, held, opened, maxLength, channel);
        }
        finally
        {
            rows?.Dispose();
            held?.Dispose();
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        CheckColumns(inputSchema);
        return inputSchema.With([SchemaShapes.Vector(_output, NumberDataViewType.Single)]);
    }

    private TextEncoderTransformer Train(TaughtTexts rows, TaughtTexts? held, TextModel<TextEncoder> opened, int maxLength, IChannel channel)
    {
        (TextModel<TextEncoder> model, TrainingResult result) = SeedSearch.Best(
            _options,
            rows.Rows.All,
            held?.Rows.All,
            TrainingContext.Of(Owner, _host, channel, _seed),
            seed => TunedEncoder.CopyOf(opened, _options.Tuning, Owner, seed),
            (built, seed, run) =>
            {
                var plain = new EmbeddingDistillationTask(built.Network, built.Tokenizer.PadTokenId, rows.Vectors, held?.Vectors, _options, Math.Min(rows.Rows.LongestRow, maxLength));
                return TunedEncoder.Train(plain, built.Network, _options.Tuning, seed, run);
            });
        channel.Info(MessageSensitivity.None, "{0}", FormattableString.Invariant($"Trained {result.Steps} steps on {rows.Rows.Count} rows, {_student.Description}, in {result.Elapsed.TotalSeconds:F1} s."));
        return TunedEncoder.Serve(model, () => new TextEncoderTransformer(_host, model, _options.Encoding(_output, _input, maxLength)));
    }

    private void CheckColumns(SchemaShape shape)
    {
        TextColumnShapes.Check(Owner, shape, _input, _options.TranslationColumnName);
        foreach (string needed in _teacher.NeededColumns) TextColumnShapes.Require(Owner, shape, needed);
    }

    private TaughtTexts Read(IDataView data, TextModel<TextEncoder> student, int maxLength, string kind, IChannel channel)
    {
        var reader = new TaughtTextReader(Owner, _options, _input, _teacher, student, maxLength, CheckCancellation);
        TaughtTexts rows = reader.Read(data);
        if (reader.RowsWithoutText > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutText} {kind} rows have no text in '{_input}' and are left out.");
        if (reader.TextsTruncated > 0) channel.Info(MessageSensitivity.None, "{0}", $"{reader.TextsTruncated} texts of {rows.Rows.Count} {kind} rows have more than {maxLength} tokens and were cut ({_options.Truncation}).");
        channel.Info(MessageSensitivity.None, "{0}", $"The teacher has answered to {rows.Rows.Count} {kind} rows, {reader.Translations} of them with a translation.");
        if (rows.Rows.Count > 0) return rows;
        rows.Dispose();
        throw new InvalidOperationException($"{Owner}: there are no {kind} rows with text in '{_input}' ({reader.RowsWithoutText} were left out); expected at least one. Check the data and the column.");
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
