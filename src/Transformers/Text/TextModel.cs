using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using TorchSharp;
using TorchSharp.Modules;

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

    /// <summary>What the encoder was pretrained with, where it is kept.</summary>
    public PretrainingHeads? Heads { get; init; }

    /// <summary>Writes a Hugging Face directory. Each file is replaced only once its new content is complete.</summary>
    /// <param name="directory">Made where absent.</param>
    /// <param name="weights">Number format.</param>
    /// <param name="task">See <see cref="TextEncoderCheckpoint.Save"/>.</param>
    /// <param name="problemType">See <see cref="TextEncoderCheckpoint.Save"/>.</param>
    public void Save(string directory, WeightType weights, string? task = null, string? problemType = null)
    {
        Directory.CreateDirectory(directory);
        TextEncoderCheckpoint.Save(directory, Parameters(Network, Heads), Config, weights, task, problemType);
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

    /// <summary>A part of this model with weights of its own, in float32 on the CPU.</summary>
    /// <param name="reduction">Which part of the encoder.</param>
    /// <param name="tokenizer">Its vocabulary.</param>
    public TextModel<TNetwork> Reduce(EncoderReduction reduction, SequenceTokenizer tokenizer)
    {
        using var unset = new UnsetWeights();
        TNetwork network = EncoderNetworks.Like(Network, reduction.Config, Config);
        PretrainingHeads? heads = null;
        try
        {
            heads = Heads?.Empty(reduction.Config);
            reduction.Copy(Parameters(network, heads), Parameters(Network, Heads));
            return new TextModel<TNetwork>(network, tokenizer, Config with { Encoder = reduction.Config }) { Heads = heads };
        }
        catch
        {
            network.Dispose();
            heads?.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Network.Dispose();
        Heads?.Dispose();
    }

    /// <summary>Parameters of a network and its heads, an encoder beside heads under its name there.</summary>
    internal static IReadOnlyList<(string Name, Parameter Parameter)> Parameters(TNetwork network, PretrainingHeads? heads) => heads is null
        ? [.. network.named_parameters().Select(p => (p.name, p.parameter))]
        : [.. network.named_parameters().Select(p => ("encoder." + p.name, p.parameter)), .. heads.named_parameters().Select(p => (p.name, p.parameter))];
}

/// <summary>Opens checkpoint directories.</summary>
internal static class TextModel
{
    /// <summary>Reads the encoder of a Hugging Face directory of the BERT family, with its pretraining heads where it has them. Other heads are left unread.</summary>
    public static TextModel<TextEncoder> LoadEncoder(string directory) => Load(directory, config => new TextEncoder(config.Encoder), checkpoint => checkpoint.HasMaskedLanguageModel
        ? new PretrainingHeads(new MaskedLanguageModelHead(checkpoint.Config.Encoder), checkpoint.HasNextSentence ? new NextSentenceHead(checkpoint.Config.Encoder) : null)
        : null);

    /// <summary>Reads an encoder with its classification head.</summary>
    public static TextModel<SequenceClassifier> LoadClassifier(string directory) => Load(
        directory,
        config => new SequenceClassifier(
            new TextEncoder(config.Encoder),
            config.Labels?.Count ?? throw new InvalidDataException($"config.json in '{directory}' names no labels (id2label or num_labels); expected those of a classifier."),
            config.ClassifierDropout ?? config.Encoder.HiddenDropout),
        _ => null);

    /// <summary>Reads an encoder with its head for spans.</summary>
    public static TextModel<SpanClassifier> LoadSpanClassifier(string directory) => Load(directory, config => new SpanClassifier(new TextEncoder(config.Encoder)), _ => null);

    /// <summary>Reads an encoder that tags words, with or without its conditional random field.</summary>
    public static TextModel<TokenClassifier> LoadTokenClassifier(string directory, bool withCrf) => Load(
        directory,
        config => new TokenClassifier(
            new TextEncoder(config.Encoder),
            config.Labels?.Count ?? throw new InvalidDataException($"config.json in '{directory}' names no labels (id2label or num_labels); expected the tags."),
            config.ClassifierDropout ?? config.Encoder.HiddenDropout,
            withCrf),
        _ => null);

    /// <summary>A copy with weights of its own, in float32 on the CPU.</summary>
    /// <param name="model">What is copied.</param>
    /// <param name="config">Differs from the model's in dropout at most; null = the model's.</param>
    /// <param name="withHeads">Whether the pretraining heads are copied, too.</param>
    public static TextModel<TextEncoder> CopyEncoder(this TextModel<TextEncoder> model, TextEncoderConfig? config = null, bool withHeads = false)
    {
        using var unset = new UnsetWeights();
        var network = new TextEncoder(config ?? model.Config.Encoder);
        using (torch.no_grad())
        {
            foreach (var (target, source) in network.parameters().Zip(model.Network.parameters())) target.copy_(source);
        }
        return new TextModel<TextEncoder>(network, model.Tokenizer, model.Config with { Encoder = network.Config }) { Heads = withHeads ? model.Heads?.Copy(network.Config) : null };
    }

    private static TextModel<TNetwork> Load<TNetwork>(string directory, Func<CheckpointConfig, TNetwork> build, Func<TextEncoderCheckpoint, PretrainingHeads?> buildHeads) where TNetwork : torch.nn.Module
    {
        TorchRuntime.EnsureLoaded();
        using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(directory);
        CheckpointConfig config = checkpoint.Config;
        // The tokenizer takes about as long as the network.
        Task<SequenceTokenizer> tokenizer = Task.Run(() =>
        {
            SequenceTokenizer read = SequenceTokenizer.Load(directory);
            TextEncoderCheckpoint.CheckVocabulary(read.VocabSize, config);
            return read;
        });
        using var unset = new UnsetWeights();
        TNetwork? network = null;
        PretrainingHeads? heads = null;
        try
        {
            network = build(config);
            heads = buildHeads(checkpoint);
            checkpoint.Load(TextModel<TNetwork>.Parameters(network, heads));
            return new TextModel<TNetwork>(network, tokenizer.GetAwaiter().GetResult(), config) { Heads = heads };
        }
        catch
        {
            network?.Dispose();
            heads?.Dispose();
            tokenizer.GetAwaiter().GetResult();   // the directory is its owner's again; what is wrong with the tokenizer says more
            throw;
        }
    }
}
