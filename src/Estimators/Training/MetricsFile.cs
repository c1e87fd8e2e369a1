using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLNet.Pretrain.Checkpoints;

namespace MLNet.Pretrain.Training;

/// <summary>The course of training as JSON lines, which any plotter reads.</summary>
internal sealed class MetricsFile : IDisposable
{
    private readonly StreamWriter _writer;

    /// <param name="path">Folders above it are made where missing.</param>
    /// <param name="doneSteps">Steps that a resumed run has behind it: later lines, of steps that were lost, are taken out.</param>
    public MetricsFile(string path, long doneSteps)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder) Directory.CreateDirectory(folder);
        string[] kept = doneSteps > 0 && File.Exists(path) ? [.. File.ReadLines(path).Where(line => StepOf(line) <= doneSteps)] : [];
        AtomicFile.Write(path, string.Concat(kept.Select(line => line + "\n")));   // a crash here loses no curve
        _writer = new StreamWriter(path, append: true, new UTF8Encoding(false)) { NewLine = "\n" };
    }

    public void Write(TrainingProgress progress)
    {
        var line = new JsonObject
        {
            ["step"] = progress.Step,
            ["epoch"] = progress.Epoch,
            ["loss"] = progress.Loss,
            ["learningRate"] = progress.LearningRate,
            ["gradientNorm"] = progress.GradientNorm,
            ["rowsPerSecond"] = progress.RowsPerSecond,
            ["tokensPerSecond"] = progress.TokensPerSecond,
            ["modelFlopsUtilization"] = progress.ModelFlopsUtilization,
            ["dataWaitShare"] = progress.DataWaitShare,
            ["precision"] = progress.Precision.ToString(),
            ["seconds"] = progress.Elapsed.TotalSeconds,
        };
        if (progress.Metrics is { } metrics)
            line["validation"] = new JsonObject(metrics.Select(m => KeyValuePair.Create(m.Key, double.IsFinite(m.Value) ? (JsonNode?)JsonValue.Create(m.Value) : null)));
        _writer.WriteLine(line.ToJsonString());
        _writer.Flush();   // a run that is killed leaves what it did
    }

    public void Dispose() => _writer.Dispose();

    // A line that was cut by a kill is of no step.
    private static long StepOf(string line)
    {
        try
        {
            return JsonNode.Parse(line)?["step"]?.GetValue<long>() ?? long.MaxValue;
        }
        catch (JsonException)
        {
            return long.MaxValue;
        }
    }
}
