using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>What the fine-tunings of an encoder have in common, whatever its head.</summary>
internal static class TunedEncoder
{
    /// <summary>A copy of an encoder as a fine-tuning begins with it. Its dropout is training's; the fitted model's configuration keeps the encoder's own.</summary>
    /// <param name="opened">Stays as it is.</param>
    /// <param name="tuning">Dropout and layers that begin anew.</param>
    /// <param name="owner">For messages.</param>
    /// <param name="seed">Of new layers.</param>
    /// <param name="withPooler">Whether a pooler is kept; a task that never asks it is better without.</param>
    public static TextModel<TextEncoder> Copy(TextModel<TextEncoder> opened, EncoderTuning tuning, string owner, int seed, bool withPooler = true)
    {
        TextEncoderConfig config = withPooler ? opened.Config.Encoder : opened.Config.Encoder with { HasPooler = false };
        if (tuning.ReinitializedLayers > config.LayerCount)
            throw new ArgumentException($"{owner}: ReinitializedLayers is {tuning.ReinitializedLayers}, but the encoder has {config.LayerCount} layers; expected at most that.");
        if (tuning.ReinitializedLayers > 0 && tuning.ReinitializedLayers > config.LayerCount - tuning.FrozenLayers)
            throw new ArgumentException($"{owner}: ReinitializedLayers is {tuning.ReinitializedLayers} and FrozenLayers {tuning.FrozenLayers} of {config.LayerCount} layers; expected no more of them together: a random layer has to learn.");
        if (tuning.Dropout is { } given) config = config with { HiddenDropout = given, AttentionDropout = given };
        TextModel<TextEncoder> own = opened.CopyEncoder(config);
        own.Network.ReinitializeTop(tuning.ReinitializedLayers, seed);
        return own;
    }

    /// <summary>A copy that is trained without a head: with training's dropout, which its configuration does not keep.</summary>
    public static TextModel<TextEncoder> CopyOf(TextModel<TextEncoder> opened, EncoderTuning tuning, string owner, int seed)
    {
        TextModel<TextEncoder> copy = Copy(opened, tuning, owner, seed);
        return new TextModel<TextEncoder>(copy.Network, copy.Tokenizer, opened.Config);
    }

    /// <summary>A copy with a new head that gives a text's outputs.</summary>
    /// <param name="opened">Stays as it is.</param>
    /// <param name="tuning">Dropout and layers that begin anew.</param>
    /// <param name="owner">For messages.</param>
    /// <param name="labels">One an output.</param>
    /// <param name="seed">Of the head and new layers.</param>
    public static TextModel<SequenceClassifier> WithHead(TextModel<TextEncoder> opened, EncoderTuning tuning, string owner, IReadOnlyList<string> labels, int seed)
    {
        TextModel<TextEncoder> own = Copy(opened, tuning, owner, seed);
        double headDropout = tuning.Dropout ?? opened.Config.ClassifierDropout ?? own.Config.Encoder.HiddenDropout;
        var network = new SequenceClassifier(own.Network, labels.Count, headDropout, seed);
        return new TextModel<SequenceClassifier>(network, own.Tokenizer, opened.Config with { Labels = labels });
    }

    /// <summary>Trains a task of an encoder: the encoder itself, or adapters in its place, which are then merged.</summary>
    /// <param name="task">The task of the plain network.</param>
    /// <param name="encoder">The encoder in that network.</param>
    /// <param name="tuning">What learns.</param>
    /// <param name="seed">Of adapters.</param>
    /// <param name="run">Trains a task.</param>
    public static TrainingResult Train(ITrainingTask task, TextEncoder encoder, EncoderTuning tuning, int seed, Func<ITrainingTask, TrainingResult> run)
    {
        if (tuning.Lora is null) return run(task);
        if (tuning.LoraFile is { } path) LoraFile.Probe(path);   // before hours of training
        using var adapted = new AdaptedTask(task, encoder, tuning.Lora, seed);
        TrainingResult result = run(adapted);
        adapted.Finish(result.IsBest ? tuning.LoraFile : null);
        return result;
    }

    /// <summary>Makes the transformer that owns a trained model, or frees the model where that fails.</summary>
    public static TTransformer Serve<TNetwork, TTransformer>(TextModel<TNetwork> model, Func<TTransformer> serve) where TNetwork : nn.Module
    {
        try
        {
            return serve();
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The tokens that a row may have: what the options want, and no more than there are positions.</summary>
    public static int MaxLength(TextModel<TextEncoder> opened, int wanted) => opened.ResolveMaxLength(wanted == 0 ? 0 : Math.Min(wanted, opened.Config.Encoder.MaxSequenceLength));
}
