namespace MLNet.Pretrain.Text;

/// <summary>A span of a row and how it scores.</summary>
/// <param name="Start">Its first place.</param>
/// <param name="End">Its last place, not before the first.</param>
/// <param name="Score">The sum of the start's and the end's score.</param>
internal readonly record struct AnswerSpan(int Start, int End, float Score) : IComparable<AnswerSpan>
{
    /// <summary>Above 0 where this one is better: the higher score, else the earlier start, else the earlier end.</summary>
    public int CompareTo(AnswerSpan other) =>
        Score != other.Score ? Score.CompareTo(other.Score) : Start != other.Start ? other.Start.CompareTo(Start) : other.End.CompareTo(End);
}
