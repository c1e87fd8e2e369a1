using System.Diagnostics;
using System.Text.Json;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Scores texts with saved models in a process that names none of our types.</summary>
internal static class FreshProcess
{
    private static readonly string[] s_usual = ["Features", "PredictedLabel", "Score", "Probability"];

    /// <summary>What to score: the columns wanted, and rows of a text and another.</summary>
    public sealed record Request(string Model, IReadOnlyList<string> Columns, IReadOnlyList<(string Text, string Other)> Rows);

    /// <summary>The columns with their types, and one row of values a text.</summary>
    public sealed record Answer(string[] Columns, string[][] Rows);

    /// <returns>The columns with their types, and one row of values a text.</returns>
    public static (string[] Columns, string[][] Rows) Score(string modelPath, IEnumerable<string> texts)
    {
        Answer answer = Score([new Request(modelPath, s_usual, [.. texts.Select(text => (text, ""))])])[0];
        return (answer.Columns, answer.Rows);
    }

    /// <summary>One process for all the models: starting it costs more than scoring.</summary>
    public static IReadOnlyList<Answer> Score(IEnumerable<Request> requests)
    {
        string input = Path.GetTempFileName();
        try
        {
            File.WriteAllText(input, JsonSerializer.Serialize(requests.Select(r => new { r.Model, r.Columns, Rows = r.Rows.Select(row => new { row.Text, row.Other }) })));
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FreshProcess.dll"), input]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            process.ExitCode.Should().Be(0, error.Result);
            return [.. lines.Select(line => JsonSerializer.Deserialize<Answer>(line)!)];
        }
        finally
        {
            File.Delete(input);
        }
    }
}
