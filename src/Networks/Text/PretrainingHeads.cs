using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>What BERT is pretrained with and a checkpoint may keep beside the encoder: the masked-language-model head and the next-sentence head, either or both.</summary>
internal sealed class PretrainingHeads : nn.Module
{
    private readonly MaskedLanguageModelHead? mlm;
    private readonly NextSentenceHead? nsp;

    public PretrainingHeads(MaskedLanguageModelHead? mlm, NextSentenceHead? nsp) : base(nameof(PretrainingHeads))
    {
        (this.mlm, this.nsp) = (mlm, nsp);
        RegisterComponents();
    }

    public MaskedLanguageModelHead? MaskedLanguageModel => mlm;

    public NextSentenceHead? NextSentence => nsp;

    /// <summary>The same heads with random weights, for an encoder of another shape.</summary>
    public PretrainingHeads Empty(TextEncoderConfig config) => new(mlm is null ? null : new MaskedLanguageModelHead(config), nsp is null ? null : new NextSentenceHead(config));

    /// <summary>A copy with weights of its own, in float32 on the CPU.</summary>
    public PretrainingHeads Copy(TextEncoderConfig config)
    {
        PretrainingHeads copy = Empty(config);
        using IDisposable _ = no_grad();
        foreach ((Parameter target, Parameter source) in copy.parameters().Zip(parameters())) target.copy_(source);
        return copy;
    }
}
