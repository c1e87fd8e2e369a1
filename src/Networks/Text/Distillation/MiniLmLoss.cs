using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// A student imitates how the teacher's last layer attends, and how its values relate to each other (MiniLM, Wang et al. 2020). Widths and layer counts may differ
/// without any projection; the number of heads may not. Losses are in 32 bits, and only the student gets gradients.
/// </summary>
internal static class MiniLmLoss
{
    /// <summary>What it needs of an encoder's run.</summary>
    /// <param name="layerCount">The encoder's.</param>
    public static EncoderTraceParts PartsOf(int layerCount) => new() { Scores = [layerCount - 1], Values = true };

    /// <summary>The sum of both losses, the paper's.</summary>
    /// <param name="student">Its run, with <see cref="PartsOf"/>.</param>
    /// <param name="teacher">The run of the teacher over the same tokens.</param>
    /// <param name="attentionMask">[B, T], 1 or true = real; null where nothing is padded.</param>
    /// <param name="rowWeights">[B], how often each row counts; null = once.</param>
    /// <returns>A scalar.</returns>
    public static Tensor Encoder(EncoderTrace student, EncoderTrace teacher, Tensor? attentionMask, Tensor? rowWeights = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor attention = Attention(student.Scores[student.LastLayer], teacher.Scores[teacher.LastLayer], attentionMask, rowWeights);
        return attention.Plus(Values(student.Values!, teacher.Values!, attentionMask, rowWeights)).MoveToOuterDisposeScope();
    }

    /// <summary>KL(teacher || student) of the attention distributions: the mean over heads and real tokens.</summary>
    /// <param name="student">[B, A, T, T] scores before the softmax.</param>
    /// <param name="teacher">[B, A, T, T]</param>
    /// <param name="attentionMask">As in <see cref="Encoder"/>.</param>
    /// <param name="rowWeights">As in <see cref="Encoder"/>.</param>
    /// <returns>A scalar; 0 where no token is real.</returns>
    public static Tensor Attention(Tensor student, Tensor teacher, Tensor? attentionMask, Tensor? rowWeights = null)
    {
        Divergence.SameShape(student, teacher, "attention scores");
        using DisposeScope scope = NewDisposeScope();
        return Distributions(student.to(float32), teacher.detach().to(float32), attentionMask, rowWeights).MoveToOuterDisposeScope();
    }

    /// <summary>KL(teacher || student) of the value relations softmax(V V' / sqrt(d)): the mean over heads and real tokens.</summary>
    /// <param name="student">[B, A, T, d of the student]</param>
    /// <param name="teacher">[B, A, T, d of the teacher]</param>
    /// <param name="attentionMask">As in <see cref="Encoder"/>.</param>
    /// <param name="rowWeights">As in <see cref="Encoder"/>.</param>
    /// <returns>A scalar; 0 where no token is real.</returns>
    public static Tensor Values(Tensor student, Tensor teacher, Tensor? attentionMask, Tensor? rowWeights = null)
    {
        if (!student.shape.AsSpan()[..3].SequenceEqual(teacher.shape.AsSpan()[..3]))
            throw new ArgumentException($"The student's values have shape [{string.Join(", ", student.shape)}] and the teacher's [{string.Join(", ", teacher.shape)}]; expected as many rows, heads and tokens.");
        using DisposeScope scope = NewDisposeScope();
        Tensor? padded = attentionMask?.to(@bool).logical_not().unsqueeze(1).unsqueeze(-1);   // [B, 1, T, 1]
        return Distributions(Relation(student, padded), Relation(teacher.detach(), padded), attentionMask, rowWeights).MoveToOuterDisposeScope();
    }

    // values: [B, A, T, d] -> [B, A, T, T]
    private static Tensor Relation(Tensor values, Tensor? padded)
    {
        Tensor exact = padded is null ? values.to(float32) : values.to(float32).Masked(padded, 0);
        return matmul(exact.Over(Math.Sqrt(exact.shape[^1])), exact.transpose(-1, -2));
    }

    // scores: [B, A, T, T] each
    private static Tensor Distributions(Tensor student, Tensor teacher, Tensor? attentionMask, Tensor? rowWeights)
    {
        if (attentionMask is null) return MaskedMean.Of(Divergence.Rows(student, teacher), null, rowWeights);
        Tensor real = attentionMask.to(@bool).unsqueeze(1), padded = real.unsqueeze(-2).logical_not();   // [B, 1, T], [B, 1, 1, T]
        // Finite, so that a row without a real token has a distribution that can be left out.
        return MaskedMean.Of(Divergence.Rows(student.Masked(padded, EncoderTrace.Padding), teacher.Masked(padded, EncoderTrace.Padding)), real, rowWeights);
    }
}
