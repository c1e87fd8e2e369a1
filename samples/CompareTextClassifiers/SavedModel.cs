using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace CompareTextClassifiers;

/// <summary>A saved pipeline, loaded and scored: in this process, or in one of its own to show that the file is all it takes.</summary>
public static class SavedModel
{
    /// <summary>Predicts the category of each text.</summary>
    /// <param name="path">A model saved through <c>MLContext</c>.</param>
    /// <param name="texts">The texts.</param>
    public static IReadOnlyList<string> Score(string path, IEnumerable<string> texts)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"There is no model '{Path.GetFullPath(path)}'; run the comparison first, it saves one.");
        var ml = new MLContext();
        ITransformer model = ml.Model.Load(path, out _);
        using var owned = model as IDisposable;
        return [.. model.Transform(ml.Data.LoadFromEnumerable(texts.Select(text => new LabelledText { Text = text }))).GetColumn<string>("PredictedLabel")];
    }

    /// <summary>Does the same in a second process.</summary>
    /// <param name="path">A model saved through <c>MLContext</c>.</param>
    /// <param name="texts">The texts, one line each.</param>
    public static IReadOnlyList<string> ScoreInSecondProcess(string path, IReadOnlyList<string> texts)
    {
        string input = Path.GetTempFileName();
        try
        {
            File.WriteAllLines(input, texts);
            var start = new ProcessStartInfo(Environment.ProcessPath!, ["score", path, input]) { RedirectStandardOutput = true };
            // Started as "dotnet sample.dll", the process is dotnet itself.
            if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Insert(0, typeof(SavedModel).Assembly.Location);
            using Process process = Process.Start(start)!;
            string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            process.WaitForExit();
            if (process.ExitCode != 0 || lines.Length != texts.Count)
                throw new InvalidOperationException($"The second process ended with code {process.ExitCode} and {lines.Length} answers for {texts.Count} texts; its message stands above.");
            return [.. lines.Select(line => line.TrimEnd('\r'))];
        }
        finally
        {
            File.Delete(input);
        }
    }
}
