using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>A task whose encoder imitates a teacher's layers beside what it learns anyway. One run of the student serves both.</summary>
internal sealed class ImitatingTask : TaskAround, IDisposable
{
    private const string Student = "network.", Projection = "projection.";

    private readonly DistillationTask _lesson;
    private readonly ITextPredictionTask _student;
    private readonly SequenceClassifier _network;
    private readonly TeacherEncoder _teacher;
    private readonly LayerLoss _loss;
    private readonly double _weight;

    /// <param name="lesson">What it learns anyway.</param>
    /// <param name="student">Its outputs.</param>
    /// <param name="network">The student.</param>
    /// <param name="teacher">Stays its owner's.</param>
    /// <param name="imitation">What is imitated.</param>
    /// <param name="seed">Of a projection.</param>
    public ImitatingTask(DistillationTask lesson, ITextPredictionTask student, SequenceClassifier network, TeacherEncoder teacher, EncoderImitation imitation, int seed) : base(lesson)
    {
        (_lesson, _student, _network, _teacher, _weight) = (lesson, student, network, teacher, imitation.Weight);
        _loss = imitation.Between(network.Encoder.Config, teacher.Config, seed);
        Network = _loss.Projection is null ? lesson.Network : new Container(lesson.Network, _loss.Projection);
        Fingerprint = FormattableString.Invariant($"{lesson.Fingerprint}, {imitation.Describe(network.Encoder.Config, teacher.Config)} of encoder {teacher.Fingerprint} count {_weight}");
    }

    public override nn.Module Network { get; }

    public override string Fingerprint { get; }

    // The projection learns like a head.
    public override int LayerOf(string parameterName)
    {
        if (_loss.Projection is null) return _lesson.LayerOf(parameterName);
        return parameterName.StartsWith(Student, StringComparison.Ordinal) ? _lesson.LayerOf(parameterName[Student.Length..]) : LayerCount + 1;
    }

    public override Tensor Loss(TrainingBatch batch)
    {
        (Tensor logits, EncoderTrace own) = _network.Trace(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds, _loss.StudentParts);
        return _lesson.Loss(batch, _student.Outputs(logits)).Plus(_loss.Of(own, Teach(batch), batch).Times(_weight));
    }

    public override double BytesBeside(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions) =>
        base.BytesBeside(passes, conditions) + _teacher.Bytes(passes, conditions)
        + passes.Sum(pass => _loss.StudentParts.Bytes(_network.Encoder.Config, pass.Rows, pass.Length, conditions) + _loss.TeacherParts.Bytes(_teacher.Config, pass.Rows, pass.Length, conditions));

    public override void Diagnose(TrainingBatch batch)
    {
        EncoderTrace theirs = Teach(batch);
        _teacher.CheckFinite([theirs.Embeddings, theirs.Values, .. theirs.Hidden.Values, .. theirs.Scores.Values]);
        base.Diagnose(batch);
    }

    public void Dispose() => _loss.Projection?.Dispose();

    private EncoderTrace Teach(TrainingBatch batch) => _teacher.Trace(batch, _loss.TeacherParts, _network.Encoder.WordEmbeddingWeight.dtype);

    // The loop moves, trains, saves and restores both.
    private sealed class Container : nn.Module
    {
        public Container(nn.Module network, nn.Module projection) : base(nameof(ImitatingTask))
        {
            register_module(Student.TrimEnd('.'), network);
            register_module(Projection.TrimEnd('.'), projection);
        }
    }
}
