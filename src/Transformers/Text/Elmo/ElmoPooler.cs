using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNet.Pretrain.Text;

/// <summary>Layers to one vector a word, and words' vectors to one a text.</summary>
/// <param name="layer">The layer from 0; null = the mix of all.</param>
/// <param name="mixWeights">Before the softmax; null = all alike.</param>
/// <param name="mixScale">Of the mix.</param>
internal sealed class ElmoPooler(int? layer, IReadOnlyList<float>? mixWeights, float mixScale)
{
    public static ElmoPooler Of(ElmoFeatureOptions options, int layerCount) => new(ElmoFeatureOptions.LayerIndex("PretrainElmo", options.Layer, layerCount), options.MixWeights, options.MixScale);

    /// <summary>The vectors of a batch, [B, T, D] in 32 bits on the processor.</summary>
    public Tensor Select(Elmo network, Tensor words, Tensor? attentionMask)
    {
        IReadOnlyList<Tensor> layers = network.Layers(words, attentionMask);
        if (layer is { } one) return layers[one].to(float32).to(CPU).contiguous();
        Tensor weights = tensor(mixWeights?.ToArray() ?? new float[layers.Count]).to(words.device);
        return ScalarMix.Mix([.. layers.Select(l => l.to(float32))], weights, tensor(mixScale).to(words.device)).to(CPU).contiguous();
    }

    /// <summary>
    /// Tells the vector of each word of a row. The first place is the text's beginning, or a word that the row before has given; the text's end is no word.
    /// </summary>
    /// <param name="row">The row.</param>
    /// <param name="wordCount">Words of its text.</param>
    /// <param name="vectors">The row's [T, D].</param>
    /// <param name="size">D.</param>
    /// <param name="take">Given the number of the word in its text and its vector.</param>
    public static void ForEachWord(ElmoTexts.Row row, int wordCount, ReadOnlySpan<float> vectors, int size, WordTaker take)
    {
        for (int at = 1; at < row.Length && row.First + at <= wordCount; at++) take(row.First + at - 1, vectors.Slice(at * size, size));
    }

    /// <summary>Takes a word into its text's vector, which is zero before the first.</summary>
    public static void Add(Pooling pooling, int wordCount, ReadOnlySpan<float> word, Span<float> text, ref bool any)
    {
        if (pooling == Pooling.Mean) TensorPrimitives.MultiplyAdd(word, 1f / wordCount, text, text);
        else if (any) TensorPrimitives.Max(text, word, text);
        else word.CopyTo(text);
        any = true;
    }

    public static ReadOnlySpan<float> Floats(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);

    public delegate void WordTaker(int word, ReadOnlySpan<float> vector);
}
