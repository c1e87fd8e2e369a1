using System.Globalization;
using System.Text.Json;
using MLNet.Pretrain.Checkpoints;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>
/// The checkpoints of one run in a folder: <c>step-N/{model.safetensors, optimizer.safetensors, state.json}</c> and <c>best-N.safetensors</c>.
/// One is made in a folder of another name, which is renamed once complete, and the one before it is kept: however the process ends, the
/// newest that can be seen is whole.
/// </summary>
internal sealed class TrainingCheckpoints
{
    private const string StepPrefix = "step-", BestPrefix = "best-", WeightsSuffix = ".safetensors", Unfinished = ".unfinished", Diverged = ".diverged";
    private const string ModelFile = "model.safetensors", OptimizerFile = "optimizer.safetensors", StateFile = "state.json";
    private const int Generations = 2;

    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    private long _saved = -1;

    public TrainingCheckpoints(string directory)
    {
        Directory = Path.GetFullPath(directory);
        System.IO.Directory.CreateDirectory(Directory);
        // What a killed process was writing.
        foreach (string left in System.IO.Directory.EnumerateDirectories(Directory, StepPrefix + "*" + Unfinished).ToList()) System.IO.Directory.Delete(left, recursive: true);
        foreach (string left in System.IO.Directory.EnumerateFiles(Directory, BestPrefix + "*" + AtomicFile.TemporarySuffix).ToList()) File.Delete(left);
    }

    public string Directory { get; }

    /// <summary>Folder of the newest checkpoint that this run wrote or resumed from; null where there is none.</summary>
    public string? Newest => _saved < 0 ? null : PathOf(_saved);

    /// <summary>Folder of the checkpoint of a step.</summary>
    public string PathOf(long step) => Path.Combine(Directory, StepPrefix + step.ToString("D8", CultureInfo.InvariantCulture));

    /// <summary>File of the best weights, found at a step.</summary>
    public string BestPathOf(long step) => Path.Combine(Directory, BestPrefix + step.ToString("D8", CultureInfo.InvariantCulture) + WeightsSuffix);

    /// <summary>Whether a folder holds checkpoints, whole or damaged.</summary>
    public static bool AreIn(string directory) =>
        System.IO.Directory.Exists(directory) && System.IO.Directory.EnumerateDirectories(directory, StepPrefix + "*").Any(d => !d.EndsWith(Unfinished, StringComparison.Ordinal));

    /// <summary>Seed of the run that a resumed one will go on with; null where the options name one, or there is nothing to resume. For what is drawn before training itself begins.</summary>
    public static int? SeedOf(TrainingOptions options) =>
        options is { Seed: null, Resume: true, CheckpointDirectory: { } directory } && System.IO.Directory.Exists(directory) ? new TrainingCheckpoints(directory).Latest(null)?.Seed : null;

    /// <summary>The newest whole checkpoint, or null. A damaged one (a disk error: a crash leaves none) gives way to the one before.</summary>
    /// <exception cref="InvalidDataException">There are checkpoints, and all are damaged.</exception>
    public TrainingState? Latest(Action<string>? log)
    {
        InvalidDataException? failure = null;
        foreach (long step in Steps())
        {
            try
            {
                return Read(step);
            }
            catch (Exception e) when (e is InvalidDataException or FileNotFoundException or JsonException)
            {
                failure ??= new InvalidDataException($"Checkpoint '{PathOf(step)}' cannot be used: {e.Message} Delete it, or name another CheckpointDirectory, to start afresh.", e);
                log?.Invoke(failure.Message);
            }
        }
        return failure is null ? null : throw failure;
    }

    public void Save(TrainingState state, nn.Module network, IReadOnlyList<KeyValuePair<string, Tensor>> optimizer)
    {
        string target = PathOf(state.Step), building = target + Unfinished;
        if (_saved == state.Step) return;   // training stood still since
        if (System.IO.Directory.Exists(target)) System.IO.Directory.Delete(target, recursive: true);   // a damaged one that an older one stood in for
        if (System.IO.Directory.Exists(building)) System.IO.Directory.Delete(building, recursive: true);
        System.IO.Directory.CreateDirectory(building);
        try
        {
            WeightsFile.Save(Path.Combine(building, ModelFile), WeightsFile.Of(network));
            WeightsFile.Save(Path.Combine(building, OptimizerFile), optimizer);
            AtomicFile.Write(Path.Combine(building, StateFile), JsonSerializer.Serialize(state, s_json));
            System.IO.Directory.Move(building, target);
        }
        catch
        {
            System.IO.Directory.Delete(building, recursive: true);   // on a full disk, room for what comes next
            throw;
        }
        _saved = state.Step;
        DeleteOld(state);
    }

    /// <summary>Puts the checkpoint of a step, whose weights turned out to be ruined, under another name, so that <see cref="Newest"/> and a resumed run are at the one before. Does nothing where there is no such checkpoint, or none before it.</summary>
    public void SetAside(long step)
    {
        if (_saved != step || Steps().SkipWhile(s => s >= step).Cast<long?>().FirstOrDefault() is not { } before) return;
        string aside = PathOf(step) + Diverged;
        if (System.IO.Directory.Exists(aside)) System.IO.Directory.Delete(aside, recursive: true);
        System.IO.Directory.Move(PathOf(step), aside);
        _saved = before;
    }

    public void Load(TrainingState state, nn.Module network, IReadOnlyList<KeyValuePair<string, Tensor>> optimizer)
    {
        string path = PathOf(state.Step);
        WeightsFile.Load(Path.Combine(path, ModelFile), WeightsFile.Of(network));
        WeightsFile.Load(Path.Combine(path, OptimizerFile), optimizer);
        _saved = state.Step;
    }

    private TrainingState Read(long step)
    {
        string path = PathOf(step);
        TrainingState state = JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(Path.Combine(path, StateFile)), s_json)
            ?? throw new InvalidDataException($"'{StateFile}' is empty.");
        if (state.Version != TrainingState.CurrentVersion)
            throw new InvalidDataException($"'{StateFile}' has version {state.Version}; this release reads version {TrainingState.CurrentVersion}.");
        if (state.Step != step) throw new InvalidDataException($"'{StateFile}' is of step {state.Step}, its folder of step {step}.");
        SafetensorsFile.Open(Path.Combine(path, ModelFile)).Dispose();
        SafetensorsFile.Open(Path.Combine(path, OptimizerFile)).Dispose();
        if (state.BestWeightsStep is { } best) SafetensorsFile.Open(BestPathOf(best)).Dispose();
        return state;
    }

    // Newest first.
    private IReadOnlyList<long> Steps() =>
        [.. System.IO.Directory.EnumerateDirectories(Directory, StepPrefix + "*")
            .Select(d => long.TryParse(Path.GetFileName(d).AsSpan(StepPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long step) ? step : -1)
            .Where(step => step >= 0)
            .OrderDescending()];

    // Best weights stay as long as a checkpoint that is kept names them.
    private void DeleteOld(TrainingState newest)
    {
        IReadOnlyList<long> steps = Steps();
        foreach (long step in steps.Skip(Generations)) System.IO.Directory.Delete(PathOf(step), recursive: true);
        var named = new HashSet<string>(StringComparer.Ordinal);
        if (newest.BestWeightsStep is { } best) named.Add(BestPathOf(best));
        foreach (long step in steps.Take(Generations).Where(s => s != newest.Step))
        {
            string state = Path.Combine(PathOf(step), StateFile);
            if (File.Exists(state) && BestWeightsStepIn(state) is { } older) named.Add(BestPathOf(older));
        }
        foreach (string file in System.IO.Directory.EnumerateFiles(Directory, BestPrefix + "*" + WeightsSuffix).ToList())
            if (!named.Contains(file)) File.Delete(file);
    }

    private static long? BestWeightsStepIn(string stateFile)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(stateFile), s_json)?.BestWeightsStep;
        }
        catch (JsonException)
        {
            return null;   // damaged: it names nothing that could be of use
        }
    }
}
