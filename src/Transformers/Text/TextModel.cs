using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using TorchSharp;

namespace MLNet.Pretrain.Text;

/// <summary>A network with its tokenizer and configuration: what a checkpoint directory holds. Owns the network's native memory.</summary>
internal sealed class TextModel<TNetwork> : IDisposable where TNetwork : torch.nn.Module
{
    public TextModel(TNetwork network, SequenceTokenizer tokenizer, CheckpointConfig config)
    {
        (Network, Tokenizer, Config) = (network, tokenizer, config);
        TextEncoderCheckpoint.CheckVocabulary(tokenizer.VocabSize, config);
    }

    public TNetwork Network { get; }

    public SequenceTokenizer Tokenizer { get; }

    public CheckpointConfig Config { get; }

    /// <summary>Writes a Hugging Face directory. Each file is replaced only once its new content is complete.</summary>
    public void Save(string directory, WeightType weights)
    {
        Directory.CreateDirectory(directory);
        TextEncoderCheckpoint.Save(directory, Network, Config, weights);
        Tokenizer.Save(directory);
    }

    /// <summary>Tokens a row may have: the wanted limit, or the encoder's where 0.</summary>
    /// <exception cref="ArgumentException">The encoder has fewer positions.</exception>
    public int ResolveMaxLength(int wanted)
    {
        int limit = Config.Encoder.MaxSequenceLength;
        if (wanted > limit)
            throw new ArgumentException($"MaxLength is {wanted}, but the encoder has positions for {limit} tokens; expected at most {limit}, or 0 for all of them.");
        return wanted == 0 ? limit : wanted;
    }

    public void Dispose() => Network.Dispose();
}

/// <summary>Opens checkpoint directories.</summary>
internal static class TextModel
{
    /// <summary>Reads the encoder of a Hugging Face directory of the BERT family. Heads in it are left unread.</summary>
    public static TextModel<TextEncoder> LoadEncoder(string directory) =>
        Load(directory, config => new TextEncoder(config.Encoder), headRequired: false);

    /// <summary>Reads an encoder with its classification head.</summary>
    public static TextModel<SequenceClassifier> LoadClassifier(string directory) => Load(
        directory,
        config => new SequenceClassifier(
            new TextEncoder(config.Encoder),
            config.Labels?.Count ?? throw new InvalidDataException($"config.json in '{directory}' names no labels (id2label or num_labels); expected those of a classifier."),
            config.ClassifierDropout ?? config.Encoder.HiddenDropout),
        headRequired: true);

    /// <summary>A copy with weights of its own, in float32 on the CPU.</summary>
    /// <param name="model">What is copied.</param>
    /// <param name="config">Differs from the model's in dropout at most; null = the model's.</param>
    public static TextModel<TextEncoder> CopyEncoder(this TextModel<TextEncoder> model, TextEncoderConfig? config = null)
    {
        var network = new TextEncoder(config ?? model.Config.Encoder);
        using (torch.no_grad())
        {
            foreach (var (target, source) in network.parameters().Zip(model.Network.parameters())) target.copy_(source);
        }
        return new TextModel<TextEncoder>(network, model.Tokenizer, model.Config with { Encoder = network.Config });
    }

    private static TextModel<TNetwork> Load<TNetwork>(string directory, Func<CheckpointConfig, TNetwork> build, bool headRequired) where TNetwork : torch.nn.Module
    {
        TorchRuntime.EnsureLoaded();
        CheckpointConfig config = TextEncoderCheckpoint.ReadConfig(directory);
        SequenceTokenizer tokenizer = SequenceTokenizer.Load(directory);
        TextEncoderCheckpoint.CheckVocabulary(tokenizer.VocabSize, config);
        TNetwork network = build(config);
        try
        {
            TextEncoderCheckpoint.Load(directory, network, config, headRequired);
            return new TextModel<TNetwork>(network, tokenizer, config);
        }
        catch
        {
            network.Dispose();
            throw;
        }
    }
}
