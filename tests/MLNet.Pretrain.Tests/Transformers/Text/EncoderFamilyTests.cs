using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Transformers.Text;

/// <summary>DistilBERT and RoBERTa against the golden-tested BERT network: their published differences and nothing else.</summary>
public class EncoderFamilyTests
{
    private const int Pad = 1;
    private static readonly TextEncoderConfig s_bert = new() { VocabSize = 30, HiddenSize = 8, LayerCount = 2, HeadCount = 2, IntermediateSize = 16, MaxPositions = 10, PadTokenId = Pad, HasPooler = false };

    public EncoderFamilyTests() => TorchRuntime.EnsureLoaded();

    [Fact]
    public void DistilBERT_is_BERT_without_token_types()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var bert = new TextEncoder(s_bert, 1);
        using var distil = new TextEncoder(s_bert with { Family = TextEncoderFamily.DistilBert, TypeVocabSize = 0 }, 2);
        bert.named_parameters().Single(p => p.name.Contains("token_type", StringComparison.Ordinal)).parameter.zero_();
        CopyByName(bert, distil);
        ShouldAgree(bert, distil);
    }

    [Fact]
    public void RoBERTa_counts_positions_of_real_tokens_from_after_the_padding_id()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var bert = new TextEncoder(s_bert, 1);
        using var roberta = new TextEncoder(s_bert with { Family = TextEncoderFamily.Roberta, MaxPositions = 12 }, 2);
        CopyByName(bert, roberta);
        Tensor position = roberta.named_parameters().Single(p => p.name == "embeddings.position.weight").parameter;
        position.narrow(0, Pad + 1, 10).copy_(bert.named_parameters().Single(p => p.name == "embeddings.position.weight").parameter);
        roberta.Config.MaxSequenceLength.Should().Be(10);
        ShouldAgree(bert, roberta);
    }

    [Fact]
    public void Padding_changes_no_real_tokens_state()
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        using var bert = new TextEncoder(s_bert, 1);
        bert.eval();
        Tensor ids = tensor(new long[] { 2, 7, 9, 3 }).unsqueeze(0), padded = tensor(new long[] { 2, 7, 9, 3, Pad, Pad, Pad }).unsqueeze(0);
        Tensor alone = bert.forward(ids, null, null), together = bert.forward(padded, padded.ne(Pad), null).narrow(1, 0, 4);
        (alone - together).abs().max().item<float>().Should().BeLessThan(1e-5f);
    }

    private static void CopyByName(TextEncoder from, TextEncoder to)
    {
        var source = from.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, var parameter) in to.named_parameters())
            if (source[name].shape.SequenceEqual(parameter.shape)) parameter.copy_(source[name]);
    }

    private static void ShouldAgree(TextEncoder expected, TextEncoder actual)
    {
        expected.eval();
        actual.eval();
        Tensor ids = tensor(new long[] { 2, 7, 9, 3, Pad, Pad, 2, 5, 6, 8, 11, 3 }).reshape(2, 6), mask = ids.ne(Pad);
        Tensor difference = (expected.forward(ids, mask, null) - actual.forward(ids, mask, null)).abs() * mask.unsqueeze(2);
        difference.max().item<float>().Should().BeLessThan(1e-5f);
    }
}
