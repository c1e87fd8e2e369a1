using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>One run of the <c>Fit</c> of whatever predicts one thing of a text: rows to ids, network, training, transformer.</summary>
internal sealed class TextPredictorFit(string owner, IHost host, IChannel channel, TextTrainingOptions options, ILabelReader label, int seed, Lesson? lesson = null)
{
    /// <param name="input">The training rows.</param>
    /// <param name="labels">One an output.</param>
    /// <param name="open">Makes what the network contributes.</param>
    /// <param name="serve">Makes the transformer, which owns the model, of what was trained.</param>
    public TTransformer Run<TTask, TTransformer>(
        IDataView input,
        IReadOnlyList<string> labels,
        Func<ITextPredictorBuilder<TTask>> open,
        Func<BuiltPredictor<TTask>, TextScoringOptions, TTransformer> serve) where TTask : ITrainingTask
    {
        using ITextPredictorBuilder<TTask> builder = open();
        using TeacherEncoder? imitated = lesson?.OpenEncoder(owner, input, builder, options, seed, CheckCancellation);
        using TeacherAnswers? answers = Read(input, builder.Encoder, builder.MaxLength, labels.Count, out TokenStore rows);
        using TokenStore train = rows;
        using TokenStore? validation = options.ValidationData is { } view ? Read(view, "validation", builder.Encoder, builder.MaxLength, labels.Count) : null;
        if (lesson is null) label.CheckRows(owner, train, options.LabelColumnName);

        (BuiltPredictor<TTask> built, TrainingResult result) = SeedSearch.Best(
            options,
            train.All,
            validation?.All,
            TrainingContext.Of(owner, host, channel, seed),
            own => builder.Build(labels, new(train, answers), own),
            (predictor, own, run) => predictor.Train(answers is null ? run : learner => Teach(learner, (ITextPredictionTask)predictor.Task, answers, imitated, own, run)));
        channel.Info(MessageSensitivity.None, "{0}", $"Trained {result.Steps} steps on {train.Count} rows of {builder.Description} in {result.Elapsed.TotalSeconds:F1} s.");
        try
        {
            return serve(built, options.Scoring() with { MaxLength = builder.MaxLength }).LoggingTo(host);
        }
        catch
        {
            built.Dispose();
            throw;
        }
    }

    private TrainingResult Teach(ITrainingTask learner, ITextPredictionTask student, TeacherAnswers answers, TeacherEncoder? imitated, int own, Func<ITrainingTask, TrainingResult> run)
    {
        var taught = new DistillationTask(learner, student, answers, lesson!.Options, label.Kind == LabelKind.Class ? answers.Width : double.PositiveInfinity);
        if (imitated is null) return run(taught);
        using var imitating = new ImitatingTask(taught, student, (SequenceClassifier)student.Network, imitated, lesson.Options.Imitation!, own);
        return run(imitating);
    }

    // With a teacher's answers where there is one.
    private TeacherAnswers? Read(IDataView input, ISequenceEncoder encoder, int maxLength, int classes, out TokenStore rows)
    {
        if (lesson is null)
        {
            rows = Read(input, "training", encoder, maxLength, classes);
            return null;
        }
        LabelledTextReader reader = Reader(encoder, maxLength, classes);
        (rows, TeacherAnswers answers) = lesson.Read(owner, input, reader, label);
        channel.Info(MessageSensitivity.None, "{0}", $"The teacher has answered to {rows.Count} rows, {reader.RowsWithoutLabel} of them without a label.");
        bool learnable = lesson.Options.HardLabelWeight < 1 || rows.Count > reader.RowsWithoutLabel;
        if (rows.Count > 0 && learnable) return answers;
        string found = rows.Count == 0 ? "there are no training rows; expected at least one" : "HardLabelWeight is 1 and no row has a label; expected labels, or a lower weight";
        rows.Dispose();
        answers.Dispose();
        throw new InvalidOperationException($"{owner}: {found}. Check the data.");
    }

    private LabelledTextReader Reader(ISequenceEncoder encoder, int maxLength, int classes) => new(owner, options, label, encoder, maxLength, classes, CheckCancellation);

    private void CheckCancellation() => HostCancellation.ThrowIfCancelled(host, options.CancellationToken);

    private TokenStore Read(IDataView data, string kind, ISequenceEncoder encoder, int maxLength, int classes)
    {
        LabelledTextReader reader = Reader(encoder, maxLength, classes);
        TokenStore store = reader.Read(data);
        if (reader.RowsWithoutLabel > 0) channel.Warning(MessageSensitivity.None, "{0}", $"{reader.RowsWithoutLabel} {kind} rows have no label and are left out.");
        if (reader.RowsTruncated > 0) channel.Info(MessageSensitivity.None, "{0}", $"{reader.RowsTruncated} of {store.Count} {kind} rows have more than {maxLength} tokens and were cut ({options.Truncation}).");
        if (store.Count > 0) return store;
        store.Dispose();
        throw new InvalidOperationException($"{owner}: there are no {kind} rows with a label; expected at least one. Check the data and column '{options.LabelColumnName}'.");
    }
}
