using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Distillation;

/// <summary>Texts to learn from, with their translations, and the teacher's vector of each row.</summary>
/// <param name="Rows">A text's ids, then those of its translation. The label is where the translation begins; 0 = there is none.</param>
/// <param name="Vectors">A vector a row.</param>
internal sealed record TaughtTexts(TokenStore Rows, TeacherAnswers Vectors) : IDisposable
{
    /// <summary>The same texts with other vectors, in place of these.</summary>
    public TaughtTexts With(TeacherAnswers vectors)
    {
        Vectors.Dispose();
        return new(Rows, vectors);
    }

    public void Dispose()
    {
        Rows.Dispose();
        Vectors.Dispose();
    }
}
