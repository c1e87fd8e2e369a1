using MLNet.Pretrain.Comparison.Rendering;

namespace MLNet.Pretrain.Comparison;

/// <summary>Says in plain words what the figures allow to say, and no more.</summary>
internal static class Verdict
{
    public static string Of(ComparisonReport report)
    {
        CandidateResult baseline = report[report.Baseline];
        double significance = 1 - report.Options.Confidence;
        CandidateResult[] others = [.. report.Candidates.Where(c => c.AgainstBaseline is not null).OrderByDescending(c => c.Full.Accuracy)];
        CandidateResult[] better = [.. others.Where(c => c.AgainstBaseline!.Accuracy > 0 && c.AgainstBaseline.PValue < significance)];
        if (better.Length > 0)
        {
            CandidateResult winner = better[0];
            BaselineDifference d = winner.AgainstBaseline!;
            string tie = better.Length > 1 ? $" {string.Join(", ", better.Skip(1).Select(c => $"'{c.Name}'"))} {(better.Length == 2 ? "is" : "are")} better than the baseline, too." : "";
            return $"'{winner.Name}' beats the baseline '{baseline.Name}' by {Figures.Points(d.Accuracy)} of accuracy, {Figures.Interval(d.AccuracyInterval, Figures.Points)}, {Figures.Significance(d.PValue)}. {Cost(winner, baseline)}{tie}";
        }

        CandidateResult best = others[0];
        BaselineDifference difference = best.AgainstBaseline!;
        if (difference.PValue < significance)
            return $"The baseline '{baseline.Name}' wins: it is better than every other candidate; the next, '{best.Name}', is {Figures.Points(-difference.Accuracy)} of accuracy behind, {Figures.Significance(difference.PValue)}. {Cost(best, baseline)}";
        string standing = difference.Accuracy switch { > 0 => $"{Figures.Points(difference.Accuracy)} ahead", < 0 => $"{Figures.Points(-difference.Accuracy)} behind", _ => "equal" };
        return $"The baseline '{baseline.Name}' is not beaten: '{best.Name}' is {standing}, which {report.TestRows.ToString("N0", Figures.Culture)} test rows cannot tell from chance ({Figures.Significance(difference.PValue)}). Take the cheaper one. {Cost(best, baseline)}";
    }

    private static string Cost(CandidateResult candidate, CandidateResult baseline) =>
        $"'{candidate.Name}' {(candidate.Full.FitTime / baseline.Full.FitTime is { } times ? $"takes {Figures.Times(times)} the baseline's time to fit and " : "")}scores {Figures.Times(candidate.Full.RowsPerSecond / baseline.Full.RowsPerSecond)} its rows a second.";
}
