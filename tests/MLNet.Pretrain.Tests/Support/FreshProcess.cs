using System.Diagnostics;
using System.Text.Json;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Scores texts with a saved model in a process that names none of our types.</summary>
internal static class FreshProcess
{
    /// <returns>The columns with their types, and one row of values a text.</returns>
    public static (string[] Columns, string[][] Rows) Score(string modelPath, IEnumerable<string> texts)
    {
        string input = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(input, texts);
            var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "FreshProcess.dll"), modelPath, input]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            process.ExitCode.Should().Be(0, error.Result);
            return (JsonSerializer.Deserialize<string[]>(lines[0])!, [.. lines.Skip(1).Select(line => JsonSerializer.Deserialize<string[]>(line)!)]);
        }
        finally
        {
            File.Delete(input);
        }
    }
}
