using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>A text classifier that begins with word vectors, in one channel or two: what <see cref="TextCnn"/> and <see cref="TextLstm"/> have in common.</summary>
public abstract class WordNetwork : nn.Module<Tensor, Tensor?, Tensor?, Tensor>, IEmbeddedTextNetwork, IActivationMemory
{
    private readonly Embedding _embedding;
    private readonly Embedding? _fixed;

    private protected WordNetwork(string name, IWordNetworkConfig shape) : base(name)
    {
        Shape = shape;
        using var construction = new ConstructionScope();
        _embedding = UnsetLayers.Embedding(shape.VocabularySize, shape.EmbeddingSize, shape.PadTokenId);
        register_module("embedding", _embedding);
        if (shape.TwoChannels)
        {
            _fixed = UnsetLayers.Embedding(shape.VocabularySize, shape.EmbeddingSize, shape.PadTokenId);
            register_module("fixed_embedding", _fixed);
        }
        construction.Keep(this);
        if (_fixed is not null) _fixed.weight!.requires_grad = false;
    }

    /// <summary>The words' vectors, of the channel that may learn, [V, D].</summary>
    public Tensor Embeddings => _embedding.weight!;

    internal IWordNetworkConfig Shape { get; }

    /// <summary>Numbers of a word that the first layer reads.</summary>
    private protected int WordSize => Shape.TwoChannels ? 2 * Shape.EmbeddingSize : Shape.EmbeddingSize;

    /// <summary>Sets word vectors, in both channels where there are two.</summary>
    /// <param name="vectors">[V, D]</param>
    /// <param name="learns">Whether the (first) channel's vectors go on learning.</param>
    public void SetEmbeddings(Tensor vectors, bool learns)
    {
        using IDisposable _ = no_grad();
        _embedding.weight!.copy_(vectors);
        _fixed?.weight!.copy_(vectors);
        _embedding.weight!.requires_grad = learns;
    }

    /// <summary>The logits of each class.</summary>
    /// <param name="inputIds">[B, T] int64; of a <see cref="TextCnn"/>, T at least the widest filter.</param>
    /// <param name="attentionMask">[B, T], 0 = filler behind the row's own positions: it changes nothing; null = every position counts.</param>
    /// <param name="tokenTypeIds">Not read; null.</param>
    /// <returns>[B, K]</returns>
    public override Tensor forward(Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        return Logits(Words(inputIds), attentionMask).MoveToOuterDisposeScope();
    }

    Tensor IEmbeddedTextNetwork.Embed(Tensor inputIds, Tensor placeIds, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        return Words(inputIds).MoveToOuterDisposeScope();
    }

    Tensor IEmbeddedTextNetwork.FromEmbeddings(Tensor embeddings)
    {
        using DisposeScope scope = NewDisposeScope();
        return Logits(embeddings, null).MoveToOuterDisposeScope();
    }

    double IActivationMemory.ActivationBytes(long rows, long length, ActivationConditions conditions) => ActivationBytes((double)rows * length, conditions);

    IEmbeddedTextNetwork IEmbeddedTextNetwork.CopyInFloat32() => this.CopyInFloat32(New);

    /// <summary>[B, K] of word vectors [B, T, channels x D] and a mask [B, T].</summary>
    private protected abstract Tensor Logits(Tensor words, Tensor? attentionMask);

    /// <summary>See <see cref="IActivationMemory"/>.</summary>
    private protected abstract double ActivationBytes(double tokens, ActivationConditions conditions);

    /// <summary>One of the same shape.</summary>
    private protected abstract WordNetwork New();

    /// <summary>Random vectors in both channels.</summary>
    private protected void InitializeWords(Generator generator)
    {
        Fill(_embedding.weight!, 0.25, generator);
        _embedding.weight![Shape.PadTokenId].zero_();
        _fixed?.weight!.copy_(_embedding.weight!);
    }

    /// <summary>PyTorch's initial weights of a linear layer.</summary>
    private protected static void Initialize(Linear layer, Generator generator)
    {
        double range = 1 / Math.Sqrt(layer.weight!.shape[1]);
        Fill(layer.weight!, range, generator);
        Fill(layer.bias!, range, generator);
    }

    /// <summary>Numbers in [-range, range).</summary>
    private protected static void Fill(Tensor parameter, double range, Generator generator) => parameter.copy_(rand(parameter.shape, generator: generator).ScaleBy(2).ShiftBy(-1).ScaleBy(range));

    // [B, T, channels x D]
    private Tensor Words(Tensor inputIds)
    {
        Tensor words = _embedding.forward(inputIds);
        return _fixed is null ? words : cat([words, _fixed.forward(inputIds)], -1);
    }
}
