using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison;

/// <summary>Holds answers against a teacher's, row by row.</summary>
/// <param name="rows">The truth.</param>
/// <param name="bootstrap">Makes intervals.</param>
/// <param name="teacher">The teacher's answers.</param>
internal sealed class TeacherComparison(TestRows rows, Bootstrap bootstrap, Predictions teacher)
{
    /// <summary>The rows that say most about how a student differs: those on which it is surest of something else.</summary>
    /// <param name="student">Its answers.</param>
    /// <param name="count">The most rows.</param>
    public IReadOnlyList<PredictedRow> Differences(Predictions student, int count)
    {
        var surest = new MistakeList(count);
        for (int i = 0; i < student.Classes.Length; i++)
        {
            if (student.Classes[i] == teacher.Classes[i]) continue;
            double? probability = student.Probabilities.Length == 0 || float.IsNaN(student.Probabilities[i]) ? null : student.Probabilities[i];
            surest.Add(new(rows.Positions[i], rows.Truth[i], Name(student.Classes[i]), probability, Name(teacher.Classes[i])));
        }
        return surest.Take(student.Probabilities.Length > 0);
    }

    public TeacherDifference Of(Predictions student, IReadOnlyList<RowPrediction> shown)
    {
        int count = rows.Truth.Length;
        double[] right = new double[count], teacherRight = new double[count], alike = new double[count];
        (long onlyTeacher, long onlyThis, long wrongAlike, long wrongApart) = (0, 0, 0, 0);
        var said = new Dictionary<(int Teacher, int Candidate), long>();
        for (int i = 0; i < count; i++)
        {
            (int s, int t, int truth) = (student.Classes[i], teacher.Classes[i], rows.Truth[i]);
            (right[i], teacherRight[i], alike[i]) = (s == truth ? 1 : 0, t == truth ? 1 : 0, s == t ? 1 : 0);
            if (s != t) said[(t, s)] = said.GetValueOrDefault((t, s)) + 1;
            if (s == t)
            {
                if (s != truth) wrongAlike++;
            }
            else if (t == truth) onlyTeacher++;
            else if (s == truth) onlyThis++;
            else wrongApart++;
        }
        return new()
        {
            AccuracyKept = teacherRight.Sum() == 0 ? double.NaN : right.Sum() / teacherRight.Sum(),
            AccuracyKeptInterval = bootstrap.OfRatio(right, teacherRight),
            Agreement = alike.Average(),
            AgreementInterval = bootstrap.OfMean(alike),
            OnlyTeacherRight = onlyTeacher,
            OnlyThisRight = onlyThis,
            WrongAlike = wrongAlike,
            WrongApart = wrongApart,
            Disagreements = [.. said.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key).Select(pair => new Disagreement(Name(pair.Key.Teacher), Name(pair.Key.Candidate), pair.Value))],
            Rows = shown,
        };
    }

    private string? Name(int index) => index < 0 ? null : rows.Classes[index];
}
