using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>See <see cref="EncoderImitation.MiniLm"/>.</summary>
internal sealed class MiniLmImitation(TextEncoderSource teacher, double weight) : EncoderImitation(teacher, weight)
{
    internal override IReadOnlyList<(int Student, int Teacher)> Layers(TextEncoderConfig student, TextEncoderConfig teacher) => [(student.LayerCount - 1, teacher.LayerCount - 1)];

    internal override string Describe(TextEncoderConfig student, TextEncoderConfig teacher) => "MiniLM's losses";

    internal override LayerLoss Between(TextEncoderConfig student, TextEncoderConfig teacher, int seed) => new(
        MiniLmLoss.PartsOf(student.LayerCount),
        MiniLmLoss.PartsOf(teacher.LayerCount),
        (own, theirs, batch) => MiniLmLoss.Encoder(own, theirs, batch.AttentionMask, batch.Weights));
}
