using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// A word's vector from its characters (Kim et al. 2016; Jozefowicz et al. 2016): convolutions of several widths, the largest value of each over the
/// word, highway layers, a projection. Parameters have the reference implementation's names.
/// </summary>
internal sealed class CharacterEncoder : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _char_embedding_weights;
    private readonly Conv1d[] _convolutions;
    private readonly Highway _highways;
    private readonly Linear _projection;
    private readonly int _widest;

    public CharacterEncoder(ElmoConfig config) : base(nameof(CharacterEncoder))
    {
        _char_embedding_weights = nn.Parameter(UnsetWeights.Of(config.CharacterCount, config.CharacterEmbeddingSize));
        _convolutions = [.. config.Filters.Select(f => nn.Conv1d(config.CharacterEmbeddingSize, f.Count, (long)f.Width))];
        int features = config.Filters.Sum(f => f.Count);
        _highways = new Highway(features, config.HighwayLayerCount);
        _projection = UnsetLayers.Linear(features, config.ProjectionSize);
        _widest = config.Filters.Max(f => f.Width);
        RegisterComponents();
        for (int i = 0; i < _convolutions.Length; i++) register_module($"char_conv_{i}", _convolutions[i]);
    }

    // characters: [N, C] int64, filler behind the word's end -> [N, P]
    public override Tensor forward(Tensor characters)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor used = Trim(characters);
        Tensor vectors = _char_embedding_weights.index_select(0, used.flatten()).view(used.shape[0], used.shape[1], -1);   // [N, C, E]
        Tensor features = cat([.. _convolutions.Select(conv => WindowProduct.Of(vectors, conv.weight!, conv.bias).amax([1]).relu())], -1);
        return _projection.forward(_highways.forward(features)).MoveToOuterDisposeScope();
    }

    public void Initialize(Func<long[], Tensor> uniform)
    {
        _char_embedding_weights.copy_(uniform(_char_embedding_weights.shape));
        _char_embedding_weights[0].zero_();
        _highways.OpenGates(1);
    }

    /// <summary>Characters that are read of words [N, C] where the widest filter spans <paramref name="widest"/>.</summary>
    public static long CharactersRead(Tensor characters, int widest)
    {
        long width = characters.shape[1];
        if (width <= widest + 1) return width;
        using DisposeScope scope = NewDisposeScope();
        Tensor last = characters.narrow(1, width - 1, 1);
        Span<bool> used = MemoryMarshal.Cast<byte, bool>(characters.ne(last).any(0).cpu().bytes);   // one look: each waits for an accelerator
        return Math.Min(width, used.LastIndexOf(true) + 1 + widest);
    }

    // Behind the end of every word stands the same filler: the largest value over one window of it is that over all. So the longest word's length, and
    // one window more, give what the full width gives.
    private Tensor Trim(Tensor characters)
    {
        long read = CharactersRead(characters, _widest);
        return read == characters.shape[1] ? characters : characters.narrow(1, 0, read);
    }
}
