using System.Diagnostics;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>ONNX Runtime in one precision, with both forms of the graph that engine/onnx_model.py writes: on each work the form that is faster at it takes part.</summary>
internal sealed class EngineBenchmarkPeer : IDisposable
{
    private const int Trials = 2;

    private static readonly string s_script = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "..", "..", "engine", "onnx_model.py"));

    private readonly string _name;
    private readonly (string Form, EngineBenchmarkServer Server)[] _forms;

    /// <param name="settings">Where the programs are.</param>
    /// <param name="checkpoint">The checkpoint directory.</param>
    /// <param name="folder">Where ONNX files may be.</param>
    /// <param name="int8">Whether products are in 8 bits.</param>
    public EngineBenchmarkPeer(EngineBenchmarkSettings settings, string checkpoint, string folder, bool int8)
    {
        _name = int8 ? "ONNX Runtime int8" : "ONNX Runtime float32";
        _forms = [.. new[] { "fused", "plain" }.Select(form =>
        {
            string file = Path.Combine(folder, $"{form}-{int8}.onnx");
            Write(settings.Python, [checkpoint, file, .. int8 ? ["int8"] : Array.Empty<string>(), .. form == "plain" ? ["plain"] : Array.Empty<string>()]);
            return (form, new EngineBenchmarkServer(settings.Server, file, settings.Threads));
        })];
    }

    /// <summary>The faster form, as who takes part in a work.</summary>
    /// <param name="trial">The work, or a part of it, by which the form is chosen.</param>
    /// <param name="work">The work.</param>
    public EngineBenchmarkContestant At(object[] trial, object[] work)
    {
        (string form, EngineBenchmarkServer server) = _forms.MinBy(f => Enumerable.Range(0, Trials).Min(_ => f.Server.Ask(trial)[0]));
        return new EngineBenchmarkContestant($"{_name} ({form})", true, () => server.Ask(trial), () => server.Ask(work));
    }

    /// <summary>Does a work in the first form.</summary>
    /// <returns>The answer.</returns>
    public double[] First(object[] work) => _forms[0].Server.Ask(work);

    /// <summary>Does a work in each form.</summary>
    /// <returns>The name of each.</returns>
    public IEnumerable<string> Each(object[] work) => _forms.Select(f =>
    {
        f.Server.Ask(work);
        return $"{_name} ({f.Form})";
    });

    /// <summary>Ends the processes.</summary>
    public void Dispose()
    {
        foreach ((_, EngineBenchmarkServer server) in _forms) server.Dispose();
    }

    private static void Write(string python, string[] arguments)
    {
        using Process process = Process.Start(python, [s_script, .. arguments]);
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"'{python} {s_script}' failed; what it said is above. It needs numpy and onnx (Debian: python3-numpy, python3-onnx); --python names another Python.");
    }
}
