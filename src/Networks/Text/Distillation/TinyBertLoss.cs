using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// A student imitates its teacher's embeddings, hidden states and attention, layer by layer (TinyBERT, Jiao et al. 2020). Its states pass through one learned
/// projection to the teacher's width, shared by all layers as in the authors' code; the projection is this module's and learns with the student.
/// Losses are in 32 bits, and only the student and the projection get gradients.
/// </summary>
internal sealed class TinyBertLoss : nn.Module
{
    // Scores at or below it are of padding, in the authors' code too.
    private const double LowestScore = -100;

    private readonly Linear fit_dense;

    /// <summary>Makes the projection: with random weights, or where both have one width, such that it changes nothing yet.</summary>
    /// <param name="student">The student's shape.</param>
    /// <param name="teacher">The teacher's.</param>
    /// <param name="seed">Of the weights; null = 0.</param>
    public TinyBertLoss(TextEncoderConfig student, TextEncoderConfig teacher, long? seed = null) : base(nameof(TinyBertLoss))
    {
        using var construction = new ConstructionScope();
        fit_dense = UnsetLayers.Linear(student.HiddenSize, teacher.HiddenSize);
        RegisterComponents();
        construction.Keep(this);
        WeightInitializer.Initialize(this, student.InitializerRange, (seed ?? 0) + 11);
        if (student.HiddenSize != teacher.HiddenSize) return;
        using IDisposable _ = no_grad();
        nn.init.eye_(fit_dense.weight!);   // a student of the teacher's own layers would first have to unlearn
    }

    /// <summary>What it needs of an encoder's run.</summary>
    /// <param name="layers">The student's layers, or those of the teacher that they imitate.</param>
    public static EncoderTraceParts PartsOf(IReadOnlyList<int> layers) => new() { Embeddings = true, Hidden = layers, Scores = layers };

    /// <summary>The plain sum of the paper's losses inside the encoder: embeddings, and hidden state and attention of every layer of the student.</summary>
    /// <param name="student">Its run, with <see cref="PartsOf"/>.</param>
    /// <param name="teacher">The run of the teacher over the same tokens.</param>
    /// <param name="teacherLayers">The teacher's layer for each of the student's, as <see cref="LayerMap"/> gives them.</param>
    /// <param name="attentionMask">[B, T], 1 or true = real; null = all positions count, padding too, as in the authors' code.</param>
    /// <param name="rowWeights">[B], how often each row counts; null = once.</param>
    /// <returns>A scalar.</returns>
    public Tensor Encoder(EncoderTrace student, EncoderTrace teacher, IReadOnlyList<int> teacherLayers, Tensor? attentionMask, Tensor? rowWeights = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor loss = Hidden(student.Embeddings!, teacher.Embeddings!, attentionMask, rowWeights);
        for (int layer = 0; layer < teacherLayers.Count; layer++)
        {
            loss = loss.Plus(Hidden(student.Hidden[layer], teacher.Hidden[teacherLayers[layer]], attentionMask, rowWeights));
            loss = loss.Plus(Attention(student.Scores[layer], teacher.Scores[teacherLayers[layer]], attentionMask, rowWeights));
        }
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Mean squared error of projected states and the teacher's: of hidden states, and of embeddings.</summary>
    /// <param name="student">[B, T, H of the student]</param>
    /// <param name="teacher">[B, T, H of the teacher]</param>
    /// <param name="attentionMask">As in <see cref="Encoder"/>.</param>
    /// <param name="rowWeights">As in <see cref="Encoder"/>.</param>
    /// <returns>A scalar; 0 where nothing counts.</returns>
    public Tensor Hidden(Tensor student, Tensor teacher, Tensor? attentionMask, Tensor? rowWeights = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor projected = nn.functional.linear(student.to(float32), fit_dense.weight!.to(float32), fit_dense.bias!.to(float32));
        Divergence.SameShape(projected, teacher, "hidden states, projected,");
        return MaskedMean.OfSquares(projected.Minus(teacher.detach().to(float32)), attentionMask?.to(@bool).unsqueeze(-1), rowWeights).MoveToOuterDisposeScope();
    }

    /// <summary>Mean squared error of attention scores before the softmax; those of padded keys (-100 or less) are 0 on both sides.</summary>
    /// <param name="student">[B, A, T, T]</param>
    /// <param name="teacher">[B, A, T, T], of as many heads.</param>
    /// <param name="attentionMask">As in <see cref="Encoder"/>.</param>
    /// <param name="rowWeights">As in <see cref="Encoder"/>.</param>
    /// <returns>A scalar; 0 where nothing counts.</returns>
    public static Tensor Attention(Tensor student, Tensor teacher, Tensor? attentionMask, Tensor? rowWeights = null)
    {
        Divergence.SameShape(student, teacher, "attention scores");
        using DisposeScope scope = NewDisposeScope();
        Tensor? real = attentionMask?.to(@bool).unsqueeze(1);   // [B, 1, T]
        Tensor? counted = real is null ? null : real.unsqueeze(-1).logical_and(real.unsqueeze(-2));
        return MaskedMean.OfSquares(WithoutPadding(student).Minus(WithoutPadding(teacher.detach())), counted, rowWeights).MoveToOuterDisposeScope();
    }

    private static Tensor WithoutPadding(Tensor scores)
    {
        using Scalar lowest = HeldScalars.Of(LowestScore);
        Tensor exact = scores.to(float32);
        return exact.Masked(exact.le(lowest), 0);
    }
}
