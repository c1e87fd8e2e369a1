using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>
/// What a student encoder learns of its teacher's layers, beside its teacher's answers: see <see cref="DistillationOptions.Imitation"/>. The teacher reads the same tokens in
/// every step, so a step costs more by the teacher's forward pass. Both need one vocabulary, and as many attention heads.
/// </summary>
public abstract class EncoderImitation
{
    private protected EncoderImitation(TextEncoderSource teacher, double weight)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        if (!(weight > 0 && double.IsFinite(weight))) throw new ArgumentException(FormattableString.Invariant($"weight is {weight}; expected a number above 0, such as 1."), nameof(weight));
        (Teacher, Weight) = (teacher, weight);
    }

    internal TextEncoderSource Teacher { get; }

    internal double Weight { get; }

    /// <summary>The teacher's embeddings, hidden states and attention scores, layer by layer (TinyBERT, Jiao et al. 2020): the sum of mean squared errors. Hidden states pass through a projection to the teacher's width, which learns with the student and is no part of it.</summary>
    /// <param name="teacher">The teacher's encoder: a checkpoint directory or a fitted encoder, classifier or regression, which must not be disposed before <c>Fit</c>.</param>
    /// <param name="layers">The teacher's layer for each of the student's; null = <see cref="LayerMap.Uniform"/>, the paper's.</param>
    /// <param name="weight">How much it counts beside the loss of answers and labels, whose weight is 1; default 0.1, above 0. The sum over layers is ten to twenty times that loss at first. The paper imitates layers first and learns answers afterwards: for that, fit a student with a weight of 100, and make its encoder the student of a second <c>DistillText</c> without imitation.</param>
    /// <exception cref="ArgumentException"><paramref name="weight"/> is out of range.</exception>
    public static EncoderImitation TinyBert(TextEncoderSource teacher, LayerMap? layers = null, double weight = 0.1) => new TinyBertImitation(teacher, layers ?? LayerMap.Uniform, weight);

    /// <summary>How the teacher's last layer attends, and how its values relate to each other (MiniLM, Wang et al. 2020): the sum of both divergences. Widths and layers may differ without a projection or a map.</summary>
    /// <param name="teacher">As for <see cref="TinyBert"/>.</param>
    /// <param name="weight">As for <see cref="TinyBert"/>; default 1.</param>
    /// <exception cref="ArgumentException"><paramref name="weight"/> is out of range.</exception>
    public static EncoderImitation MiniLm(TextEncoderSource teacher, double weight = 1) => new MiniLmImitation(teacher, weight);

    /// <summary>Throws where two encoders do not fit.</summary>
    /// <exception cref="ArgumentException">Says what would.</exception>
    internal void Check(string owner, TextEncoderConfig student, TextEncoderConfig teacher)
    {
        IReadOnlyList<(int Student, int Teacher)> layers;
        try
        {
            layers = Layers(student, teacher);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"{owner}: Imitation: {e.Message}", e);
        }
        foreach ((int own, int theirs) in layers)
        {
            // Layers may have lost heads to compression.
            (int has, int wants) = (student.HeadsOf(own).Length, teacher.HeadsOf(theirs).Length);
            if (has != wants)
                throw new ArgumentException($"{owner}: layer {own} of the student has {has} attention heads, and layer {theirs} of the teacher of Imitation, which it is to imitate, {wants}; expected as many, for each imitates one. Choose a student with another HeadCount or without pruned heads, or leave Imitation out.");
        }
    }

    /// <summary>The student's layers whose attention imitates, each with the teacher's layer that it imitates.</summary>
    /// <exception cref="ArgumentException">The layers do not fit.</exception>
    internal abstract IReadOnlyList<(int Student, int Teacher)> Layers(TextEncoderConfig student, TextEncoderConfig teacher);

    /// <summary>In words, for a run's fingerprint.</summary>
    /// <exception cref="ArgumentException">The layers do not fit.</exception>
    internal abstract string Describe(TextEncoderConfig student, TextEncoderConfig teacher);

    /// <summary>The loss between two encoders.</summary>
    /// <param name="student">The student's shape.</param>
    /// <param name="teacher">The teacher's.</param>
    /// <param name="seed">Of what it learns itself.</param>
    internal abstract LayerLoss Between(TextEncoderConfig student, TextEncoderConfig teacher, int seed);
}
