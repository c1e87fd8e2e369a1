namespace MLNet.Pretrain.Text;

/// <summary>
/// A text as ELMo reads it: its beginning, its words, its end. A text longer than a row is cut into rows that share one word, so that each word is
/// foreseen once in each direction, in training and in scoring alike.
/// </summary>
internal static class ElmoRow
{
    /// <summary>The rows of a text of <paramref name="length"/> places, begin and end included, 2 or more.</summary>
    public static IEnumerable<(int First, int Length)> Cut(int length, int maxLength)
    {
        for (int first = 0; ; first += maxLength - 1)
        {
            yield return (first, Math.Min(maxLength, length - first));
            if (first + maxLength >= length) yield break;
        }
    }
}
