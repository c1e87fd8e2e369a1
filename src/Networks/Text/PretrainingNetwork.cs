using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>An encoder and its pretraining heads as one network (Devlin et al. 2018, section 3.1), the word embeddings shared with the output layer.</summary>
internal sealed class PretrainingNetwork : nn.Module
{
    private readonly TextEncoder encoder;
    private readonly PretrainingHeads heads;

    /// <summary>Joins them; they stay their owner's, who disposes them.</summary>
    public PretrainingNetwork(TextEncoder encoder, PretrainingHeads heads) : base(nameof(PretrainingNetwork))
    {
        (this.encoder, this.heads) = (encoder, heads);
        RegisterComponents();
    }

    public TextEncoder Encoder => encoder;

    public PretrainingHeads Heads => heads;

    /// <summary>Scores of every word where words are hidden; nothing is computed for other positions.</summary>
    /// <param name="hidden">[B, T, H], the encoder's last states.</param>
    /// <param name="positions">[M] int64, into B * T.</param>
    /// <returns>[M, V]</returns>
    public Tensor PredictWords(Tensor hidden, Tensor positions)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor masked = hidden.reshape(-1, hidden.shape[^1]).index_select(0, positions);
        return heads.MaskedLanguageModel!.forward(masked, encoder.WordEmbeddingWeight).MoveToOuterDisposeScope();
    }

    /// <summary>Two logits a row: 0 = the second text follows the first.</summary>
    /// <param name="hidden">[B, T, H]</param>
    /// <returns>[B, 2]</returns>
    public Tensor PredictOrder(Tensor hidden)
    {
        using DisposeScope scope = NewDisposeScope();
        return heads.NextSentence!.forward(encoder.Pool(hidden)).MoveToOuterDisposeScope();
    }
}
