using MLNet.Pretrain.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>What becomes of a transformer's weights when ML.NET saves it.</summary>
internal static class StoredWeights
{
    /// <summary>Writes a checkpoint into a saved model.</summary>
    /// <param name="directory">The saved model's files.</param>
    /// <param name="options">What the transformer keeps.</param>
    /// <param name="save">Writes the checkpoint.</param>
    public static void Write(string directory, TextScoringOptions options, Action<string, WeightType> save)
    {
        WeightStorage storage = Resolve(options.StoredWeights, options.Precision);
        save(directory, storage == WeightStorage.BFloat16 || IsRoundedFirst(storage, options.Precision) ? WeightType.BFloat16 : WeightType.Float32);
        if (storage == WeightStorage.Int8) Int8Store.Shrink(Path.Combine(directory, CheckpointFiles.Safetensors));
    }

    /// <summary>Gives parameters the values that they will have once they are saved and loaded.</summary>
    public static void Round(IEnumerable<(string Name, Parameter Parameter)> parameters, WeightStorage storage, ScoringPrecision precision)
    {
        using IDisposable _ = no_grad();
        foreach ((string name, Parameter parameter) in parameters)
        {
            using DisposeScope scope = NewDisposeScope();
            if (storage == WeightStorage.BFloat16 || IsRoundedFirst(storage, precision)) parameter.copy_(parameter.to(bfloat16));
            if (storage != WeightStorage.Int8 || !Int8Store.IsRounded(parameter.shape)) continue;
            (Tensor values, Tensor scales) = Int8Rows.Quantize(name, parameter);
            parameter.copy_(Int8Rows.Dequantize(values, scales));
        }
    }

    // A network that has scored in bf16 has weights of bf16: of one that has not yet, the same is to be saved.
    private static bool IsRoundedFirst(WeightStorage storage, ScoringPrecision precision) => storage == WeightStorage.Int8 && (precision is ScoringPrecision.BFloat16 or ScoringPrecision.Auto);

    // What scores in bf16 gains nothing from more bits on disk.
    private static WeightStorage Resolve(WeightStorage? wanted, ScoringPrecision precision) => wanted ?? (precision == ScoringPrecision.BFloat16 ? WeightStorage.BFloat16 : WeightStorage.Float32);
}
