using System.Diagnostics;
using System.Globalization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>ONNX Runtime with one model in a process of its own: its spinning threads slow libtorch where both are in one.</summary>
internal sealed class EngineBenchmarkServer : IDisposable
{
    private readonly Process _process;

    /// <param name="program">The built MLNet.Pretrain.Benchmarks.OnnxRuntime.</param>
    /// <param name="model">The ONNX file.</param>
    /// <param name="threads">Inside an operator.</param>
    public EngineBenchmarkServer(string program, string model, int threads)
    {
        if (!File.Exists(program))
            throw new FileNotFoundException($"'{program}' is not there; build it with: dotnet build -c Release benchmarks/MLNet.Pretrain.Benchmarks.OnnxRuntime, or name it with --server.");
        var start = new ProcessStartInfo(program) { RedirectStandardInput = true, RedirectStandardOutput = true, ArgumentList = { model, threads.ToString(CultureInfo.InvariantCulture) } };
        _process = Process.Start(start)!;
        if (_process.StandardOutput.ReadLine() is not "ready") throw new InvalidOperationException($"'{program}' did not open '{model}'; what it said is above.");
    }

    /// <summary>Has a command obeyed.</summary>
    /// <returns>The numbers of the answer.</returns>
    public double[] Ask(params IEnumerable<object> fields)
    {
        string command = string.Join('\t', fields.Select(f => Convert.ToString(f, CultureInfo.InvariantCulture)));
        _process.StandardInput.WriteLine(command);
        string? answer = _process.StandardOutput.ReadLine();
        if (answer is null || answer.StartsWith("error", StringComparison.Ordinal)) throw new InvalidOperationException($"ONNX Runtime answered '{answer ?? "(nothing: it ended)"}' to '{command}'.");
        return [.. answer.Split(' ').Select(n => double.Parse(n, CultureInfo.InvariantCulture))];
    }

    /// <summary>Ends the process.</summary>
    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }
}
