using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Taggers of words and pointers at spans, against the reference named in Golden/bert/README.md.</summary>
public sealed class PlaceClassifierTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TestFolder _folder = new();
    private readonly Dictionary<string, Tensor> _case = GoldenTensors.Read("bert/cases.safetensors");
    private readonly Dictionary<string, Tensor> _heads = GoldenTensors.Read("bert/heads.safetensors");

    public void Dispose()
    {
        _folder.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Logits_of_every_piece_and_their_loss_agree()
    {
        using TokenClassifier network = Tagger();
        Tensor places = arange(17, int64).unsqueeze(0).expand(3, 17), logits = Run(network, places);
        Equal(logits, _case["tokcls_logits"], 1e-4);
        Tensor real = _case["attention_mask"].to(@bool).view(-1);
        Tensor loss = nn.functional.cross_entropy(logits.view(-1, 5)[real], _case["tokcls_labels"].view(-1)[real]);
        Equal(loss, _case["tokcls_loss"], 1e-5 * loss.item<float>());
    }

    [Fact]
    public void A_words_scores_are_those_of_its_first_piece_and_no_word_has_none()
    {
        using TokenClassifier network = Tagger();
        Tensor places = tensor(new long[,] { { 1, 3, 4, -1 }, { 2, -1, -1, -1 }, { 5, 1, -1, 16 } }), logits = Run(network, places);
        for (int row = 0; row < 3; row++)
            for (int word = 0; word < 4; word++)
            {
                long place = places[row, word].item<long>();
                Equal(logits[row, word], place < 0 ? zeros(5) : _case["tokcls_logits"][row, place], 1e-4);
            }
        FluentActions.Invoking(() => Run(network, places + 1)).Should().Throw<ArgumentException>().WithMessage("*wordPositions has 17*[0, 17)*");
        FluentActions.Invoking(() => Run(network, places[..2])).Should().Throw<ArgumentException>().WithMessage("*[2, 4]*[3, words]*");
    }

    [Fact]
    public void Gradients_reach_the_pieces_chosen_and_the_field()
    {
        using TokenClassifier network = Tagger(withCrf: true);
        Tensor places = tensor(new long[,] { { 1, 3, -1 }, { 2, 2, 4 }, { 5, -1, -1 } }), mask = places.ge(0), tags = tensor(new long[,] { { 1, 2, 0 }, { 3, 4, 4 }, { 0, 0, 0 } });
        network.Crf!.NegativeLogLikelihood(Run(network, places), tags, mask).mean().backward();
        foreach ((string name, Parameter parameter) in network.named_parameters().Where(p => !p.name.Contains("pooler", StringComparison.Ordinal)))
            parameter.grad!.abs().sum().item<float>().Should().BePositive(name);
        // What fills a row up learns nothing: with it or without, the gradient is the same.
        Tensor before = network.get_parameter("classifier.weight")!.grad!.clone();
        network.zero_grad();
        Tensor longer = cat([places, full([3, 4], -1, int64)], 1);
        network.Crf.NegativeLogLikelihood(Run(network, longer), cat([tags, zeros([3, 4], int64)], 1), longer.ge(0)).mean().backward();
        Equal(network.get_parameter("classifier.weight")!.grad!, before, 1e-6);
    }

    [Fact]
    public void Span_logits_and_loss_agree()
    {
        using SpanClassifier network = Pointer();
        (Tensor starts, Tensor ends) = network.forward(_case["input_ids"], _case["attention_mask"], _case["token_type_ids"]);
        Tensor real = _case["attention_mask"].to(@bool);
        foreach ((Tensor actual, string name) in ((Tensor, string)[])[(starts, "qa_start_logits"), (ends, "qa_end_logits")])
        {
            Equal(actual[real], _case[name][real], 1e-4);
            actual[real.logical_not()].eq(double.NegativeInfinity).all().item<bool>().Should().BeTrue("padding is no place of a span");
        }
        Tensor loss = SpanClassifier.Loss((_case["qa_start_logits"], _case["qa_end_logits"]), _case["qa_start"], _case["qa_end"]);
        Equal(loss, _case["qa_loss"], 1e-5 * loss.item<float>());
        SpanClassifier.Loss((starts, ends), _case["qa_start"], _case["qa_end"]).backward();
        foreach ((string name, Parameter parameter) in network.named_parameters().Where(p => !p.name.Contains("pooler", StringComparison.Ordinal)))
            parameter.grad!.isfinite().all().item<bool>().Should().BeTrue(name);
    }

    [Fact]
    public void A_taggers_checkpoint_has_Hugging_Faces_names_and_comes_back()
    {
        using TokenClassifier network = Tagger(withCrf: true), other = new(new TextEncoder(network.Encoder.Config, 9), 5, 0, withCrf: true, seed: 9);
        var config = new CheckpointConfig(network.Encoder.Config) { Labels = ["O", "B-A", "I-A", "B-B", "I-B"] };
        TextEncoderCheckpoint.Save(_folder.Path, NamedWeights.Of(network), config, WeightType.Float32, TextEncoderCheckpoint.TokenClassification);
        using (SafetensorsFile file = SafetensorsFile.Open(_folder.File("model.safetensors")))
            file.Entries.Keys.Should().Contain(["bert.encoder.layer.0.attention.self.key.weight", "classifier.weight", "classifier.bias", "crf.transitions", "crf.start_transitions", "crf.end_transitions"]);
        File.ReadAllText(_folder.File("config.json")).Should().Contain("BertForTokenClassification");
        using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(_folder.Path);
        checkpoint.Load(NamedWeights.Of(other));
        SameWeights(network, other);
        // An encoder alone leaves the head and the field unread.
        using var encoder = new TextEncoder(network.Encoder.Config);
        checkpoint.Load(NamedWeights.Of(encoder));
    }

    [Fact]
    public void A_pointers_checkpoint_has_Hugging_Faces_names_and_comes_back()
    {
        using SpanClassifier network = Pointer(), other = new(new TextEncoder(network.Encoder.Config, 9), 9);
        TextEncoderCheckpoint.Save(_folder.Path, NamedWeights.Of(network), new CheckpointConfig(network.Encoder.Config), WeightType.Float32);
        using (SafetensorsFile file = SafetensorsFile.Open(_folder.File("model.safetensors"))) file.Entries.Keys.Should().Contain(["qa_outputs.weight", "qa_outputs.bias"]);
        File.ReadAllText(_folder.File("config.json")).Should().Contain("BertForQuestionAnswering");
        using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(_folder.Path);
        checkpoint.Load(NamedWeights.Of(other));
        SameWeights(network, other);
    }

    [Fact]
    public void Live_tensors_are_flat()
    {
        using TokenClassifier tagger = Tagger(withCrf: true);
        using SpanClassifier pointer = Pointer();
        Tensor places = tensor(new long[,] { { 1, 3 }, { 2, -1 }, { 5, 6 } }), mask = places.ge(0), tags = zeros([3, 2], int64);
        void Steps(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                tagger.Crf!.NegativeLogLikelihood(Run(tagger, places), tags, mask).mean().backward();
                SpanClassifier.Loss(pointer.forward(_case["input_ids"], _case["attention_mask"], null), _case["qa_start"], _case["qa_end"]).backward();
                foreach (Parameter parameter in tagger.parameters().Concat(pointer.parameters()))
                    using (parameter.grad) parameter.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Steps(1), () => Steps(30));
    }

    private TokenClassifier Tagger(bool withCrf = false)
    {
        var network = new TokenClassifier(Encoder(), 5, 0, withCrf);
        using IDisposable _ = no_grad();
        network.get_parameter("classifier.weight")!.copy_(_heads["token_classifier.weight"]);
        network.get_parameter("classifier.bias")!.copy_(_heads["token_classifier.bias"]);
        return network;
    }

    private SpanClassifier Pointer()
    {
        var network = new SpanClassifier(Encoder());
        using IDisposable _ = no_grad();
        network.get_parameter("qa_outputs.weight")!.copy_(_heads["qa_outputs.weight"]);
        network.get_parameter("qa_outputs.bias")!.copy_(_heads["qa_outputs.bias"]);
        return network;
    }

    private static TextEncoder Encoder()
    {
        using TextEncoderCheckpoint checkpoint = TextEncoderCheckpoint.Open(Golden.Path("bert"));
        var encoder = new TextEncoder(checkpoint.Config.Encoder);
        checkpoint.Load(NamedWeights.Of(encoder));
        return encoder;
    }

    private Tensor Run(TokenClassifier network, Tensor places) => network.forward(_case["input_ids"], _case["attention_mask"], _case["token_type_ids"], places);

    private static void SameWeights(nn.Module a, nn.Module b)
    {
        foreach ((var ours, var theirs) in a.named_parameters().Zip(b.named_parameters())) ours.parameter.eq(theirs.parameter).all().item<bool>().Should().BeTrue(ours.name);
    }

    private static void Equal(Tensor actual, Tensor expected, double tolerance)
    {
        actual.shape.Should().Equal(expected.shape);
        (actual - expected).abs().max().item<float>().Should().BeLessThanOrEqualTo((float)tolerance);
    }
}
