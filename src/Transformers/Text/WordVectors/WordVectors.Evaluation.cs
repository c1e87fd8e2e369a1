using System.Globalization;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Text;

public sealed partial class WordVectors
{
    private static readonly char[] s_separators = ['\t', ';', ','];

    /// <summary>Answers the analogy questions of a file such as word2vec's <c>questions-words.txt</c>: lines of four words, sections headed by <c>: name</c>. A question counts when the nearest word other than the three given is the fourth (3CosAdd).</summary>
    /// <param name="path">The file.</param>
    /// <param name="maxWords">Only the first words are looked at, as word2vec's compute-accuracy does with 30,000; default null: all.</param>
    /// <exception cref="InvalidDataException">A line does not have four words.</exception>
    public AnalogyEvaluation EvaluateAnalogies(string path, int? maxWords = null)
    {
        if (maxWords < 1) throw new ArgumentException($"maxWords is {maxWords}; expected null or 1 or more.", nameof(maxWords));
        int limit = Math.Min(maxWords ?? Count, Count);
        List<(string Name, List<int[]> Questions)> sections = [];
        int number = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length == 0) continue;
            if (fields[0].StartsWith(':'))
            {
                sections.Add((line.TrimStart(':', ' ').Trim(), []));
                continue;
            }
            if (fields.Length != 4) throw new InvalidDataException($"Line {number} of '{path}' has {fields.Length} words; expected four, or a section headed by ': name'.");
            if (sections.Count == 0) sections.Add(("", []));
            sections[^1].Questions.Add([.. fields.Select(f => Find(f))]);
        }
        return new AnalogyEvaluation([.. sections.Select(section => Ask(section.Name, section.Questions, limit))]);
    }

    /// <summary>Compares cosines with people's judgements: lines of two words and a number, divided by tabs, spaces, commas or semicolons, such as WordSim-353 or MEN.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">A line is of another kind.</exception>
    public SimilarityEvaluation EvaluateSimilarity(string path)
    {
        List<double> judged = [], measured = [];
        int number = 0, skipped = 0;
        foreach (string line in File.ReadLines(path))
        {
            number++;
            char separator = s_separators.FirstOrDefault(line.Contains, ' ');
            string[] fields = line.Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (fields.Length == 0 || fields[0].StartsWith('#')) continue;
            if (fields.Length < 3 || !double.TryParse(fields[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double judgement) || !double.IsFinite(judgement))
            {
                if (number == 1 && fields.Length >= 3 && IsName(fields[2])) continue;   // a header
                throw new InvalidDataException($"Line {number} of '{path}' is '{line}'; expected two words and a number with a decimal point.");
            }
            if (!HasVector(fields[0]) || !HasVector(fields[1]))
            {
                skipped++;
                continue;
            }
            judged.Add(judgement);
            measured.Add(Similarity(fields[0], fields[1]));
        }
        if (judged.Count < 2) return new SimilarityEvaluation(double.NaN, double.NaN, judged.Count, skipped);
        double[] x = [.. judged], y = [.. measured];
        return new SimilarityEvaluation(Correlation.Spearman(x, y), Correlation.Pearson(x, y), judged.Count, skipped);
    }

    // What is no number, not even one written wrongly.
    private static bool IsName(string field) =>
        !field.Any(char.IsAsciiDigit) && !((string[])["nan", "inf", "infinity", "∞"]).Contains(field.TrimStart('+', '-'), StringComparer.OrdinalIgnoreCase);

    private bool HasVector(string word) => TryGetVector(word, new float[VectorSize]);

    private AnalogySection Ask(string name, List<int[]> questions, int limit)
    {
        int correct = 0;
        List<int[]> known = [.. questions.Where(q => q.All(row => row >= 0 && row < limit))];
        Parallel.ForEach(known, () => 0, (q, _, right) =>
        {
            (int Row, float)[] best = Nearest([q[1], q[2]], [q[0]], 1, limit);
            return best.Length == 1 && best[0].Row == q[3] ? right + 1 : right;
        }, right => Interlocked.Add(ref correct, right));
        return new AnalogySection(name, correct, known.Count, questions.Count - known.Count);
    }
}
