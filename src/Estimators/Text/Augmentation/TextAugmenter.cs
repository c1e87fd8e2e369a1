using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Makes new texts out of given ones, a block of them at a time: the language model sees full batches, and memory does not grow with the data.</summary>
internal sealed class TextAugmenter
{
    /// <summary>Texts of a block: results do not depend on it but for the rounding of what is computed in batches.</summary>
    public const int BlockRows = 512;

    private const string NoMask = "[MASK]";

    private readonly TextAugmentationOptions _options;
    private readonly int _seed;
    private readonly WordProposer? _proposer;
    private readonly NearWords? _near;
    private readonly string _mask;

    public TextAugmenter(TextAugmentationOptions options, int seed)
    {
        (_options, _seed) = (options, seed);
        bool replaces = options.ReplacementProbability > 0;
        _proposer = replaces && options.LanguageModel is { } model ? new WordProposer(model, options.Candidates) : null;
        _near = replaces && options.Vectors is { } vectors ? new NearWords(vectors.Open(), options.Candidates) : null;
        _mask = options.LanguageModel is { Model.Tokenizer: var tokenizer } ? tokenizer.TokenOf(tokenizer.MaskTokenId) : NoMask;
    }

    /// <summary>The copies of each text.</summary>
    /// <param name="texts">A block.</param>
    /// <param name="firstRow">The number of its first text among all.</param>
    /// <param name="check">Called now and then; throws to end the work.</param>
    public IReadOnlyList<string>[] Augment(IReadOnlyList<string> texts, long firstRow, Action check)
    {
        var rows = new AugmentedRow[texts.Count];
        var requests = new IReadOnlyList<AugmentedRow.Request>[texts.Count];
        Parallel.For(0, texts.Count, i =>
        {
            rows[i] = new AugmentedRow(texts[i], _options, SeedMixer.Mix(_seed, SeedMixer.Augmentation, firstRow + i));
            requests[i] = rows[i].Ask(_proposer, _near);
        });
        AugmentedRow.Request[] all = [.. requests.SelectMany(r => r)];
        _proposer?.Propose([.. all.Select(r => r.Hidden)], check);
        foreach (AugmentedRow.Request request in all) request.Row.Take(request, _proposer!);
        var copies = new IReadOnlyList<string>[texts.Count];
        Parallel.For(0, texts.Count, i => copies[i] = rows[i].Copies(_mask));
        return copies;
    }
}
