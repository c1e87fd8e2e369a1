using System.Globalization;
using System.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Metrics;

/// <summary>
/// How well a short answer meets the expected ones, as the official script of SQuAD 1.1 measures (Rajpurkar et al. 2016). That script prints
/// percent; these are parts of 1.
/// </summary>
/// <param name="ExactMatch">1 where the normalised answer is one of those expected, else 0; in [0, 1] as a mean.</param>
/// <param name="F1">Harmonic mean of precision and recall of the normalised answer's words, in [0, 1], against the best of those expected.</param>
public readonly record struct AnswerScore(double ExactMatch, double F1)
{
    /// <summary>Measures one answer. Where nothing is left of an answer but articles and punctuation, F1 is 0 even if it matches.</summary>
    /// <param name="prediction">The predicted answer.</param>
    /// <param name="answers">Those expected, one at least; the best counts.</param>
    /// <exception cref="ArgumentException">No answer is expected.</exception>
    public static AnswerScore Of(string prediction, IReadOnlyList<string> answers)
    {
        ArgumentNullException.ThrowIfNull(prediction);
        ArgumentNullException.ThrowIfNull(answers);
        if (answers.Count == 0) throw new ArgumentException($"No answer is expected to the question that got '{prediction}'; expected one at least, as SQuAD 1.1 has. Leave out questions without an answer.");
        string[] words = Words(prediction);
        string[][] expected = [.. answers.Select(Words)];
        return new(expected.Any(e => e.SequenceEqual(words)) ? 1 : 0, expected.Max(e => WordF1(words, e)));
    }

    /// <summary>Means over questions.</summary>
    /// <param name="scores">The score of each question, one at least.</param>
    /// <exception cref="ArgumentException">There are none.</exception>
    public static AnswerScore Mean(IReadOnlyList<AnswerScore> scores)
    {
        ArgumentNullException.ThrowIfNull(scores);
        if (scores.Count == 0) throw new ArgumentException("There are no scores; expected one question at least.");
        return new(scores.Average(score => score.ExactMatch), scores.Average(score => score.F1));
    }

    /// <summary>What is compared: lower case, without ASCII punctuation, without the words a, an, the, one space between words.</summary>
    /// <param name="answer">An answer.</param>
    public static string Normalize(string answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return string.Join(' ', Words(answer));
    }

    private static double WordF1(string[] predicted, string[] expected)
    {
        Dictionary<string, int> left = expected.CountBy(word => word).ToDictionary();
        int same = 0;
        foreach (string word in predicted)
            if (left.GetValueOrDefault(word) > 0)
            {
                left[word]--;
                same++;
            }
        return same == 0 ? 0 : 2.0 * same / (predicted.Length + expected.Length);
    }

    private static string[] Words(string answer)
    {
        StringBuilder kept = new(), word = new();
        foreach (Rune rune in Lower(answer).EnumerateRunes())
        {
            if (rune.IsAscii && CharacterClasses.IsPunctuation(rune)) continue;
            if (IsWordCharacter(rune)) word.Append(rune);
            else
            {
                EndWord();
                kept.Append(IsSpace(rune) ? " " : rune.ToString());
            }
        }
        EndWord();
        return kept.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);

        // An article becomes a space also where no space stands beside it.
        void EndWord()
        {
            string text = word.ToString();
            kept.Append(text is "a" or "an" or "the" ? " " : text);
            word.Clear();
        }
    }

    // Python's str.lower.
    private static string Lower(string text)
    {
        StringBuilder lower = new(text.Length);
        int at = 0;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value == 0x0130) lower.Append("i\u0307");
            else if (rune.Value == 0x03A3) lower.Append(CharacterClasses.IsFinalSigma(text, at) ? '\u03C2' : '\u03C3');
            else lower.Append(Rune.ToLowerInvariant(rune));
            at += rune.Utf16SequenceLength;
        }
        return lower.ToString();
    }

    // Python's \w (an underscore is punctuation and gone) and str.split; .NET's differ in marks, fractions and separators U+001C to U+001F.
    private static bool IsWordCharacter(Rune rune) => Rune.GetUnicodeCategory(rune) is UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber || Rune.IsLetterOrDigit(rune);

    private static bool IsSpace(Rune rune) => Rune.IsWhiteSpace(rune) || rune.Value is >= 0x1C and <= 0x1F;
}
