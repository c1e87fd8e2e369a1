using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Word + position (+ token type) embeddings, layer norm, dropout (Devlin et al. 2018, figure 2).</summary>
internal sealed class Embeddings : nn.Module<Tensor, Tensor?, Tensor>
{
    private readonly TextEncoderConfig _config;
    private readonly Embedding word, position;
    private readonly Embedding? token_type;
    private readonly LayerNorm norm;
    private readonly FastDropout _dropout;

    public Embeddings(TextEncoderConfig config) : base(nameof(Embeddings))
    {
        _config = config;
        word = UnsetLayers.Embedding(config.VocabSize, config.HiddenSize, config.PadTokenId);
        position = UnsetLayers.Embedding(config.MaxPositions, config.HiddenSize);
        if (config.TypeVocabSize > 0) token_type = UnsetLayers.Embedding(config.TypeVocabSize, config.HiddenSize);
        norm = nn.LayerNorm(config.HiddenSize, config.LayerNormEpsilon);
        _dropout = new FastDropout(config.HiddenDropout);
        RegisterComponents();
    }

    public TextEncoderConfig Config => _config;

    public Parameter WordWeight => word.weight!;

    public Parameter PositionWeight => position.weight!;

    public Parameter? TypeWeight => token_type?.weight;

    public LayerNorm Norm => norm;

    // inputIds: [B, T], tokenTypeIds: [B, T] or null for all 0 -> [B, T, H]
    public override Tensor forward(Tensor inputIds, Tensor? tokenTypeIds) => At(inputIds, inputIds, tokenTypeIds);

    // The positions are those of placeIds, [B, T].
    public Tensor At(Tensor inputIds, Tensor placeIds, Tensor? tokenTypeIds)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor x = word.forward(inputIds).Plus(position.forward(Positions(placeIds)));
        if (token_type is not null)
            x += tokenTypeIds is null ? token_type.weight![0] : token_type.forward(tokenTypeIds);
        return _dropout.forward(norm.forward(x)).MoveToOuterDisposeScope();
    }

    // BERT counts from 0; RoBERTa counts the real tokens from padTokenId + 1 and leaves padTokenId to padding.
    private Tensor Positions(Tensor inputIds)
    {
        if (_config.Family != TextEncoderFamily.Roberta) return HeldScalars.Range(0, inputIds.shape[1], inputIds.device).unsqueeze(0);
        Tensor real = inputIds.Differs(_config.PadTokenId).to(int64);
        return (real.cumsum(1) * real).Plus(_config.PadTokenId);
    }
}
