namespace MLNet.Pretrain.Text;

/// <summary>How many analogy questions were answered right, by section and in all.</summary>
/// <param name="Sections">In the file's order.</param>
public sealed record AnalogyEvaluation(IReadOnlyList<AnalogySection> Sections)
{
    /// <summary>Questions answered right.</summary>
    public int Correct => Sections.Sum(s => s.Correct);

    /// <summary>Questions whose four words were known.</summary>
    public int Asked => Sections.Sum(s => s.Asked);

    /// <summary>Questions left out because a word was not known.</summary>
    public int Skipped => Sections.Sum(s => s.Skipped);

    /// <summary>Share of those asked, 0 to 1; NaN where none was asked.</summary>
    public double Accuracy => (double)Correct / Asked;
}
