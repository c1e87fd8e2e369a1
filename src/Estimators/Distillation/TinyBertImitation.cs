using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>See <see cref="EncoderImitation.TinyBert"/>.</summary>
internal sealed class TinyBertImitation(TextEncoderSource teacher, LayerMap layers, double weight) : EncoderImitation(teacher, weight)
{
    internal override IReadOnlyList<(int Student, int Teacher)> Layers(TextEncoderConfig student, TextEncoderConfig teacher) => [.. Map(student, teacher).Index()];

    internal override string Describe(TextEncoderConfig student, TextEncoderConfig teacher) => $"TinyBERT's losses by layers {string.Join(", ", Map(student, teacher))}";

    internal override LayerLoss Between(TextEncoderConfig student, TextEncoderConfig teacher, int seed)
    {
        IReadOnlyList<int> map = Map(student, teacher);
        var loss = new TinyBertLoss(student, teacher, seed);
        return new(
            TinyBertLoss.PartsOf([.. Enumerable.Range(0, student.LayerCount)]),
            TinyBertLoss.PartsOf(map),
            (own, theirs, batch) => loss.Encoder(own, theirs, map, batch.AttentionMask, batch.Weights),
            loss);
    }

    private IReadOnlyList<int> Map(TextEncoderConfig student, TextEncoderConfig teacher) => layers.Resolve(student.LayerCount, teacher.LayerCount);
}
