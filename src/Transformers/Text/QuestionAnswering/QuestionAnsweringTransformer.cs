using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Questions and contexts in, answers cut out of the contexts out, by a fine-tuned encoder (Devlin et al. 2018, section 4.2). Contexts of any length are read
/// in windows. Owns native memory: dispose it, or the prediction engine that owns it, when done.
/// </summary>
public sealed class QuestionAnsweringTransformer : ITransformer, IPersistentTransformer, INetworkServer, IDisposable
{
    internal const string LoaderSignature = "PretrainQuestionAnswer";
    internal const string Owner = "FineTuneQuestionAnswering";

    private readonly TextModel<SpanClassifier> _model;

    internal QuestionAnsweringTransformer(TextModel<SpanClassifier> model, QuestionAnsweringOptions options)
    {
        options.Validate(Owner);
        QuestionWindows.Check(Owner, model.ResolveMaxLength(options.MaxLength), options);
        (_model, Options) = (model, options);
        Runner = new TextNetworkRunner(model.Network, options.Device, options.Precision, options.MaxParallelForwards);
    }

    /// <summary>The columns and settings this transformer works with.</summary>
    public QuestionAnsweringOptions Options { get; }

    bool ITransformer.IsRowToRowMapper => true;

    TextNetworkRunner INetworkServer.Runner => Runner;

    internal TextNetworkRunner Runner { get; }

    /// <summary>The best answers, the best first; none where the context has no word, or where the best scores under the threshold.</summary>
    /// <param name="question">Any text.</param>
    /// <param name="context">A text of any length.</param>
    /// <param name="count">At most so many, 1 or more.</param>
    public IReadOnlyList<TextAnswer> Answers(string question, string context, int count = 1)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(context);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        IReadOnlyList<TextAnswer> answers = Find([(question, context)], count)[0];
        return answers.Count > 0 && IsNone(answers[0].Score) ? [] : answers;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => new WindowBindings(new QuestionAnsweringMapper(this, inputSchema)).Output;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">An input column is missing or is not text.</exception>
    public IDataView Transform(IDataView input) => new WindowDataView(input, new QuestionAnsweringMapper(this, input.Schema), Options.WindowRows);

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) => new WindowRowMapper(new QuestionAnsweringMapper(this, inputSchema));

    /// <summary>Writes the network as a directory that Hugging Face's libraries read as a question-answering model.</summary>
    /// <param name="directory">Made where absent. Each file is replaced only once its new content is complete.</param>
    /// <param name="weights">Number format of the weights on disk. A network that has scored in bfloat16 has weights of that precision only.</param>
    public void SaveCheckpoint(string directory, WeightType weights = WeightType.Float32) => Runner.WhileIdle(() => _model.Save(directory, weights));

    void ICanSaveModel.Save(ModelSaveContext ctx) => TransformerPersistence.Save(ctx, this);

    string IPersistentTransformer.LoaderSignature => LoaderSignature;

    void IPersistentTransformer.SaveTo(string directory, IDictionary<string, string> settings)
    {
        // What scores in bf16 gains nothing from more bits on disk.
        SaveCheckpoint(directory, Options.Precision == ScoringPrecision.BFloat16 ? WeightType.BFloat16 : WeightType.Float32);
        QuestionAnsweringSettings.Write(Options, settings);
    }

    internal static QuestionAnsweringTransformer LoadFrom(string directory, IReadOnlyDictionary<string, string> settings)
    {
        QuestionAnsweringOptions options = QuestionAnsweringSettings.Read(settings);
        TextModel<SpanClassifier> model = TextModel.LoadSpanClassifier(directory);
        try
        {
            return new QuestionAnsweringTransformer(model, options);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Frees the network. What needs it afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        _model.Dispose();
    }

    internal IReadOnlyList<TextAnswer>[] Find(IReadOnlyList<(string Question, string Context)> rows, int count) => new AnswerFinder(_model, Options, count).Find(rows, Runner);

    /// <summary>Whether an answer of such a score is none.</summary>
    internal bool IsNone(float score) => score < Options.NoAnswerThreshold;
}
