using System.Text.Json.Nodes;

namespace PretrainEncoder;

/// <summary>How a stage ended, from its metrics file: it holds, too, what ran before a restart.</summary>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="Minutes">Of training, all runs together.</param>
/// <param name="TokensPerSecond">Of the last run.</param>
/// <param name="Precision">Arithmetic.</param>
/// <param name="Validation">The last evaluation's values by name.</param>
public sealed record StageSummary(long Steps, double Minutes, double TokensPerSecond, string Precision, IReadOnlyDictionary<string, double> Validation)
{
    /// <summary>Reads what <c>TrainingOptions.MetricsFile</c> wrote.</summary>
    /// <exception cref="InvalidDataException">There is no step in it.</exception>
    public static StageSummary Read(string metricsFile)
    {
        (JsonNode? last, JsonNode? validation) = (null, null);
        (double earlier, double seconds) = (0, 0);
        foreach (JsonNode line in File.ReadLines(metricsFile).Select(text => JsonNode.Parse(text)!))
        {
            double now = line["seconds"]!.GetValue<double>();
            if (now < seconds) earlier += seconds;   // a resumed run counts from 0
            (seconds, last, validation) = (now, line, line["validation"] ?? validation);
        }
        if (last is null) throw new InvalidDataException($"'{metricsFile}' holds no training step; expected a line a step. Delete the work folder and pretrain again.");
        return new(last["step"]!.GetValue<long>(), (earlier + seconds) / 60, last["tokensPerSecond"]!.GetValue<double>(), last["precision"]!.GetValue<string>(),
            validation?.AsObject().Where(v => v.Value is not null).ToDictionary(v => v.Key, v => v.Value!.GetValue<double>()) ?? []);
    }
}
