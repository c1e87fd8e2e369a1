using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>What the trainers of networks over words have in common.</summary>
internal sealed class WordNetworkTrainer<TOptions> where TOptions : WordNetworkOptions
{
    private readonly string _owner;
    private readonly IHost _host;
    private readonly TOptions _options;
    private readonly ITextLabel _label;
    private readonly Lesson? _lesson;
    private readonly Func<IEnumerable<IDataView>, TOptions, Action, ITextPredictorBuilder<TextClassificationTask>> _open;
    private readonly int _seed;

    /// <param name="owner">The trainer's name, for messages.</param>
    /// <param name="env">The MLContext.</param>
    /// <param name="options">Copied.</param>
    /// <param name="label">What the label column holds.</param>
    /// <param name="lesson">What a teacher says beside the labels; null = there is none.</param>
    /// <param name="open">Makes what the network contributes, of views with the texts whose words it is to know.</param>
    public WordNetworkTrainer(
        string owner,
        IHostEnvironment env,
        TOptions options,
        ITextLabel label,
        Lesson? lesson,
        Func<IEnumerable<IDataView>, TOptions, Action, ITextPredictorBuilder<TextClassificationTask>> open)
    {
        ArgumentNullException.ThrowIfNull(options);
        _host = env.Register($"{owner}Trainer");
        options.Validate(owner);
        lesson?.Options.Validate(owner, $"a {owner}", options);
        (_owner, _options, _label, _lesson, _open) = (owner, (TOptions)options.Clone(), label, lesson, open);
        _seed = options.Seed ?? _host.Rand.Next();
    }

    public TextClassificationTransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        if (_options.ValidationData is { } validation) GetOutputSchema(SchemaShapes.Of(validation.Schema));
        using IChannel channel = _host.Start(_owner);
        ILabelReader label = _label.Learn(_owner, input, _options.LabelColumnName, channel, CheckCancellation);
        IReadOnlyList<string> classes = label.Columns.Labels!.Names;
        _options.CheckClasses(_owner, classes.Count);
        return new TextPredictorFit(_owner, _host, channel, _options, label, _seed, _lesson).Run(
            input,
            classes,
            () => _open(_lesson?.Texts(_owner, input, _options) ?? [input], _options, CheckCancellation),
            (built, scoring) => new TextClassificationTransformer(built.Model, scoring, label.Columns));
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => LabelledTextShapes.Add(_owner, inputSchema, _options, _label);

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(_host, _options.CancellationToken);
}
