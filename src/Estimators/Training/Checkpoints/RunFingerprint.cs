using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using MLNet.Pretrain.Networks.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>What must be the same for a resumed run to continue an earlier one, by name, so that a difference can be named.</summary>
internal static class RunFingerprint
{
    public static IReadOnlyDictionary<string, string> Of(TrainingOptions options, ITrainingTask task, TokenRows train, TokenRows? validation)
    {
        SortedDictionary<string, string> all = OfAllMethods(options, task.Network, train, validation);
        // What one method alone has, such as its loss: numbers, choices and names. Data and encoders are known by their rows and networks.
        foreach (PropertyInfo property in options.GetType().GetProperties().Where(p => p.DeclaringType != typeof(TrainingOptions)))
        {
            if (property.IsDefined(typeof(OutputOnlyAttribute))) continue;
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(LoraOptions)) all[property.Name] = Text(property.GetValue(options));
            else if (property.GetValue(options) is IReadOnlyList<double> numbers) all[property.Name] = string.Join(' ', numbers.Select(n => Text(n)));
        }
        // Beside it the layers' second run counts, which elsewhere changes nothing.
        if (options.MemoryLimit is { } limit) all[nameof(options.MemoryLimit)] = Text(limit) + (options.GradientCheckpointing ? " with gradient checkpointing" : "");
        if (task.Fingerprint is { } lesson) all["task"] = lesson;
        if (Frozen(task, options) is { } frozen) all["frozen weights"] = frozen;
        return all;
    }

    // What does not learn is in no checkpoint's care: another encoder of the same shape is another run. Null where everything learns.
    private static string? Frozen(ITrainingTask task, TrainingOptions options)
    {
        using DisposeScope scope = NewDisposeScope();
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        bool any = false;
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in task.Network.named_parameters())
        {
            if (parameter.requires_grad && !(task.LayerOf(name) <= options.FrozenLayers)) continue;
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
            any = true;
        }
        return any ? Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16)) : null;
    }

    private static SortedDictionary<string, string> OfAllMethods(TrainingOptions options, nn.Module network, TokenRows train, TokenRows? validation) => new(StringComparer.Ordinal)
    {
        [nameof(options.Epochs)] = Text(options.Epochs),
        [nameof(options.MinSteps)] = Text(options.MinSteps),
        [nameof(options.MaxSteps)] = Text(options.MaxSteps),
        [nameof(options.BatchSize)] = Text(options.BatchSize),
        [nameof(options.MaxTokensPerBatch)] = Text(options.MaxTokensPerBatch),
        [nameof(options.LearningRate)] = Text(options.LearningRate),
        [nameof(options.FindLearningRate)] = Text(options.FindLearningRate),
        [nameof(options.UnfreezeEveryEpochs)] = Text(options.UnfreezeEveryEpochs),
        [nameof(options.AveragedFraction)] = Text(options.AveragedFraction),
        [nameof(options.MinLearningRate)] = Text(options.MinLearningRate),
        [nameof(options.Schedule)] = Text(options.Schedule),
        [nameof(options.WarmupRatio)] = Text(options.WarmupRatio),
        [nameof(options.WarmupSteps)] = Text(options.WarmupSteps),
        [nameof(options.WeightDecay)] = Text(options.WeightDecay),
        [nameof(options.AdamBeta1)] = Text(options.AdamBeta1),
        [nameof(options.AdamBeta2)] = Text(options.AdamBeta2),
        [nameof(options.AdamEpsilon)] = Text(options.AdamEpsilon),
        [nameof(options.LayerLearningRateDecay)] = Text(options.LayerLearningRateDecay),
        [nameof(options.HeadLearningRateFactor)] = Text(options.HeadLearningRateFactor),
        [nameof(options.FrozenLayers)] = Text(options.FrozenLayers),
        [nameof(options.MaxGradientNorm)] = Text(options.MaxGradientNorm),
        [nameof(options.GradientAccumulationSteps)] = Text(options.GradientAccumulationSteps),
        [nameof(options.Precision)] = Text(options.Precision),
        [nameof(options.ValidationFraction)] = Text(options.ValidationFraction),
        [nameof(options.EarlyStoppingPatience)] = Text(options.EarlyStoppingPatience),
        [nameof(options.EvaluationsPerEpoch)] = Text(options.EvaluationsPerEpoch),
        [nameof(options.RestoreBest)] = Text(options.RestoreBest),
        ["network"] = Hash(network),
        ["training rows"] = Text(train),
        ["validation rows"] = Text(validation),
    };

    /// <summary>The differences in words; empty where there are none.</summary>
    public static IReadOnlyList<string> Differences(IReadOnlyDictionary<string, string> then, IReadOnlyDictionary<string, string> now) =>
        [.. then.Keys.Union(now.Keys).Order(StringComparer.Ordinal)
            .Select(name => (Name: name, Then: then.GetValueOrDefault(name, "absent"), Now: now.GetValueOrDefault(name, "absent")))
            .Where(d => d.Then != d.Now)
            .Select(d => $"{d.Name} was {d.Then}, is now {d.Now}")];

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "null";

    private static string Text(TokenRows? rows) => rows is null ? "none" : string.Create(CultureInfo.InvariantCulture, $"{rows.Count} rows of {rows.Store.Fingerprint}");

    private static string Hash(nn.Module network)
    {
        var text = new StringBuilder();
        foreach ((string name, TorchSharp.Modules.Parameter parameter) in network.named_parameters()) text.Append(name).Append(' ').AppendJoin(',', parameter.shape).Append('\n');
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())).AsSpan(0, 16));
    }
}
