using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>What the trainers that put a head on an encoder have in common, whatever is predicted.</summary>
internal sealed class EncoderTrainer<TOptions> where TOptions : EncoderTextOptions
{
    private readonly string _owner;
    private readonly IHost _host;
    private readonly TextEncoderSource _encoder;
    private readonly ITextLabel _label;
    private readonly Lesson? _lesson;
    private readonly int _seed;

    /// <param name="owner">The trainer's name, for messages.</param>
    /// <param name="env">The MLContext.</param>
    /// <param name="encoder">What is fine-tuned.</param>
    /// <param name="options">Copied.</param>
    /// <param name="label">What the label column holds.</param>
    /// <param name="lesson">What a teacher says beside the labels; null = there is none.</param>
    public EncoderTrainer(string owner, IHostEnvironment env, TextEncoderSource encoder, TOptions options, ITextLabel label, Lesson? lesson = null)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register($"{owner}Trainer");
        options.Validate(owner);
        lesson?.Options.Validate(owner, training: options as IClassificationOptions);
        (_owner, _encoder, _label, _lesson, Options) = (owner, encoder, label, lesson, (TOptions)options.Clone());
        _seed = options.Seed ?? _host.Rand.Next();
    }

    public TOptions Options { get; }

    public SchemaShape GetOutputSchema(SchemaShape input) => LabelledTextShapes.Add(_owner, input, Options, _label);

    /// <param name="input">The training rows.</param>
    /// <param name="outputs">Names of the network's outputs, of what predictions will be.</param>
    /// <param name="task">Makes the loss and the metric of a network, which may depend on the training rows.</param>
    /// <param name="serve">Makes the transformer of the trained network, which it owns then.</param>
    public TTransformer Fit<TTask, TTransformer>(
        IDataView input,
        Func<IPredictionColumns, IReadOnlyList<string>> outputs,
        Func<SequenceClassifier, LearningRows, TTask> task,
        Func<BuiltPredictor<TTask>, TextScoringOptions, IPredictionColumns, TTransformer> serve) where TTask : ITrainingTask
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (Options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        using IChannel channel = _host.Start(_owner);
        ILabelReader label = _label.Learn(_owner, input, Options.LabelColumnName, channel, CheckCancellation);
        return new TextPredictorFit(_owner, _host, channel, Options, label, _seed, _lesson).Run(input, outputs(label.Columns), Open, (built, scoring) => serve(built, scoring, label.Columns));

        ITextPredictorBuilder<TTask> Open()
        {
            TextModel<TextEncoder> opened = _encoder.Open(_lesson?.Texts(_owner, input, Options) ?? [input], Options.TextColumns, _seed, CheckCancellation);
            return new EncoderPredictorBuilder<TTask>(_owner, _encoder.Description, opened, Options, task);
        }
    }

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, Options.CancellationToken);
}
