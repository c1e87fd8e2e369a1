namespace MLNet.Pretrain.Text;

/// <summary>Where a trained ELMo comes from: a checkpoint directory or a fitted one. Strings and fitted models convert by themselves.</summary>
public sealed class ElmoSource
{
    private readonly Func<ElmoModel> _open;

    private ElmoSource(string description, Func<ElmoModel> open) => (Description, _open) = (description, open);

    /// <summary>One phrase for reports and logs.</summary>
    public string Description { get; }

    /// <summary>A directory as <see cref="ElmoTransformer.SaveCheckpoint"/> writes it: <c>config.json</c>, <c>model.safetensors</c>, <c>words.txt</c>. Read when <c>Fit</c> runs.</summary>
    /// <param name="directory">Path of the directory.</param>
    public static ElmoSource FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new($"checkpoint {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))}", () => ElmoModel.Load(directory));
    }

    /// <summary>A fitted ELMo. Its weights are copied when <c>Fit</c> runs: each transformer owns its own.</summary>
    /// <param name="model">Must not be disposed before <c>Fit</c>.</param>
    public static ElmoSource FromTransformer(ElmoTransformer model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new("fitted ELMo", () =>
        {
            ElmoModel? copy = null;
            model.Runner.WhileIdle(() => copy = model.Model.Copy());
            return copy!;
        });
    }

    /// <summary>See <see cref="FromDirectory"/>.</summary>
    public static implicit operator ElmoSource(string directory) => FromDirectory(directory);

    /// <summary>See <see cref="FromTransformer"/>.</summary>
    public static implicit operator ElmoSource(ElmoTransformer model) => FromTransformer(model);

    internal ElmoModel Open() => _open();
}
