using System.Globalization;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A smaller encoder that is part of a larger one: some of its words, of its layers and of its heads, with their weights.</summary>
internal sealed class EncoderReduction
{
    private const string Encoder = "encoder.", Layers = "layers.";

    private readonly TextEncoderConfig _from;
    private readonly IReadOnlyList<int> _layers;
    private readonly long[]? _words;
    private readonly long[]?[] _columns;

    /// <param name="larger">The shape of the larger one.</param>
    /// <param name="layers">The layers to keep, from 0; null = all.</param>
    /// <param name="prunedHeads">By layer of the smaller one, heads to cut off by their numbers among <see cref="TextEncoderConfig.HeadCount"/>; those that are off already may be among them. Null = none.</param>
    /// <param name="words">The words to keep, by id; null = all. The padding token must be one.</param>
    /// <exception cref="ArgumentException">There is no such layer, head or word, or nothing would be left.</exception>
    public EncoderReduction(TextEncoderConfig larger, IReadOnlyList<int>? layers = null, IReadOnlyDictionary<int, IReadOnlyList<int>>? prunedHeads = null, IReadOnlyList<int>? words = null)
    {
        (_from, _layers) = (larger, layers ?? [.. Enumerable.Range(0, larger.LayerCount)]);
        if (_layers.Count == 0 || _layers.Any(layer => layer < 0 || layer >= larger.LayerCount))
            throw new ArgumentException($"layers is [{string.Join(", ", _layers)}]; expected one or more layers of the larger encoder, in [0, {larger.LayerCount}).", nameof(layers));
        var pruned = new Dictionary<int, IReadOnlyList<int>>();
        if (prunedHeads is not null)
            foreach ((int layer, IReadOnlyList<int> heads) in prunedHeads) pruned[layer] = [.. heads.Distinct().Order()];
        for (int layer = 0; layer < _layers.Count; layer++)
            if (larger.PrunedHeads.TryGetValue(_layers[layer], out IReadOnlyList<int>? before)) pruned[layer] = [.. before.Union(pruned.GetValueOrDefault(layer, [])).Order()];
        _words = words is null ? null : [.. words.Select(word => (long)word)];
        int pad = words is null ? larger.PadTokenId : Array.IndexOf(_words!, larger.PadTokenId);
        Config = larger with { LayerCount = _layers.Count, PrunedHeads = pruned, VocabSize = words?.Count ?? larger.VocabSize, PadTokenId = pad };
        Config.Validate();
        _columns = [.. Enumerable.Range(0, _layers.Count).Select(Columns)];
    }

    /// <summary>The shape of the smaller encoder.</summary>
    public TextEncoderConfig Config { get; }

    /// <summary>Copies what is kept into the smaller network.</summary>
    /// <param name="target">Its parameters by name; those of an encoder, of a network around one, or of the heads it was pretrained with.</param>
    /// <param name="source">Those of the larger one. They may be on another device and of another type.</param>
    public void Copy(IEnumerable<(string Name, Parameter Parameter)> target, IEnumerable<(string Name, Parameter Parameter)> source)
    {
        using IDisposable _ = no_grad();
        using DisposeScope scope = NewDisposeScope();
        Dictionary<string, Parameter> theirs = source.ToDictionary(p => p.Name, p => p.Parameter);
        foreach ((string name, Parameter parameter) in target) parameter.copy_(Part(name, theirs));
    }

    private Tensor Part(string name, Dictionary<string, Parameter> theirs)
    {
        string prefix = name.StartsWith(Encoder, StringComparison.Ordinal) ? Encoder : "", own = name[prefix.Length..];
        if (own is "embeddings.word.weight" or "mlm.bias") return Select(theirs[name], 0, _words);
        if (!own.StartsWith(Layers, StringComparison.Ordinal)) return theirs[name];
        string[] parts = own.Split('.', 3);
        int layer = int.Parse(parts[1], CultureInfo.InvariantCulture);
        Tensor whole = theirs[FormattableString.Invariant($"{prefix}{Layers}{_layers[layer]}.{parts[2]}")];
        if (_columns[layer] is not { } columns) return whole;
        long width = _from.HeadsOf(_layers[layer]).Length * _from.HeadSize;
        return parts[2] switch
        {
            "attention.qkv.weight" or "attention.qkv.bias" => Select(whole, 0, [.. Enumerable.Range(0, 3).SelectMany(third => columns.Select(column => third * width + column))]),
            "attention.output.weight" => Select(whole, 1, columns),
            _ => whole,
        };
    }

    // Which columns of the larger encoder's joined heads stay; null = all.
    private long[]? Columns(int layer)
    {
        int[] before = _from.HeadsOf(_layers[layer]), after = Config.HeadsOf(layer);
        if (before.Length == after.Length) return null;
        return [.. after.SelectMany(head => Enumerable.Range(Array.IndexOf(before, head) * _from.HeadSize, _from.HeadSize)).Select(column => (long)column)];
    }

    private static Tensor Select(Tensor whole, long dimension, long[]? kept) => kept is null ? whole : whole.index_select(dimension, tensor(kept, device: whole.device));
}
