using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Where a GPT comes from: a checkpoint directory, a fitted one, or from scratch. Strings and fitted models convert by themselves:
/// <c>Model = "models/gpt2"</c>.
/// </summary>
public sealed class GptSource
{
    private readonly Func<OpenRequest, GptModel> _open;

    private GptSource(string description, Func<OpenRequest, GptModel> open) => (Description, _open) = (description, open);

    /// <summary>One phrase for reports and logs.</summary>
    public string Description { get; }

    /// <summary>A directory as Hugging Face's libraries write it for GPT-2: <c>config.json</c>, weights, <c>vocab.json</c>, <c>merges.txt</c>. Read when <c>Fit</c> runs.</summary>
    /// <param name="directory">Path of the directory.</param>
    public static GptSource FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new($"checkpoint {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))}", request => GptModel.Load(directory, request.Change));
    }

    /// <summary>A fitted GPT. Its weights are copied when <c>Fit</c> runs: training never changes it, and each transformer owns its own.</summary>
    /// <param name="model">Must not be disposed before <c>Fit</c>.</param>
    public static GptSource FromTransformer(GptTransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new("fitted GPT", request =>
        {
            GptModel? copy = null;
            model.Runner.WhileIdle(() => copy = model.Model.Copy(request.Change));
            return copy!;
        });
    }

    /// <summary>A GPT with random weights, and with the vocabulary it is given or one of its own.</summary>
    /// <param name="scratch">Its shape.</param>
    public static GptSource FromScratch(ScratchGpt scratch)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        scratch.Validate();
        return new($"from scratch, {scratch.LayerCount} x {scratch.HiddenSize}", request => scratch.Build(request.Texts, request.Seed, request.Change));
    }

    /// <summary>See <see cref="FromDirectory"/>.</summary>
    public static implicit operator GptSource(string directory) => FromDirectory(directory);

    /// <summary>See <see cref="FromTransformer"/>.</summary>
    public static implicit operator GptSource(GptTransformer model) => FromTransformer(model);

    /// <summary>See <see cref="FromScratch"/>.</summary>
    public static implicit operator GptSource(ScratchGpt scratch) => FromScratch(scratch);

    /// <param name="texts">For a vocabulary that is made of them.</param>
    /// <param name="seed">Of random weights.</param>
    /// <param name="dropout">Instead of the source's; null = the source's.</param>
    internal GptModel Open(IEnumerable<ReadOnlyMemory<char>> texts, int seed, double? dropout = null) => _open(new OpenRequest(texts, seed, dropout));

    private sealed record OpenRequest(IEnumerable<ReadOnlyMemory<char>> Texts, int Seed, double? Dropout)
    {
        public GptConfig Change(GptConfig config) => Dropout is not { } dropout ? config : config with { EmbeddingDropout = dropout, ResidualDropout = dropout, AttentionDropout = dropout };
    }
}
