using System.Text.Json;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Against AllenNLP: Golden/elmo/README.md.</summary>
public sealed class GoldenElmoTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _cases = GoldenTensors.Read("elmo/cases.safetensors");
    private readonly Elmo _network = new(new ElmoConfig { CharacterEmbeddingSize = 5, Filters = [new(1, 6), new(2, 8), new(3, 10)], ProjectionSize = 12, CellSize = 20, Dropout = 0 });

    public GoldenElmoTests()
    {
        using IDisposable _ = no_grad();
        Dictionary<string, Tensor> weights = GoldenTensors.Read("elmo/model.safetensors");
        var parameters = _network.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        parameters.Keys.Should().BeEquivalentTo(weights.Keys);
        foreach ((string name, Parameter parameter) in parameters) parameter.copy_(weights[name]);
    }

    [Fact]
    public void Character_ids_are_the_references()
    {
        string[][] texts = Texts();
        long[] expected = _cases["char_ids"].data<long>().ToArray();
        for (int row = 0; row < texts.Length; row++)
        {
            for (int word = 0; word < texts[row].Length; word++)
            {
                short[] ids = new short[50];
                ElmoCharacters.Write(texts[row][word], ids);
                ids.Select(id => (long)id).Should().Equal(expected.Skip((row * 7 + word) * 50).Take(50), texts[row][word]);
            }
        }
    }

    [Fact]
    public void Word_vectors_and_activations_are_the_references()
    {
        (Tensor characters, Tensor mask) = Batch(Texts());
        Equal(mask, _cases["mask"]);
        Tensor words = _network.WordVectors(characters.flatten(0, 1)).view(3, 9, 12);
        Equal(words * mask.unsqueeze(-1), _cases["token_embedding"] * mask.unsqueeze(-1));
        IReadOnlyList<Tensor> layers = _network.forward(characters, mask);
        layers.Should().HaveCount(3);
        for (int i = 0; i < 3; i++) Equal(layers[i], _cases[$"activation.{i}"]);
        using (no_grad())
            for (int i = 0; i < 3; i++) Equal(_network.forward(characters, mask)[i], _cases[$"activation.{i}"]);
    }

    [Fact]
    public void A_second_call_begins_at_zero_again()
    {
        (Tensor characters, Tensor mask) = Batch(Texts());
        _network.forward(characters, mask);
        Tensor again = _network.forward(characters, mask)[1];
        Equal(again, _cases["activation.1"]);
        (again - _cases["stateful.second_call.activation.1"]).abs().max().item<float>().Should().BeGreaterThan(1e-2f, "the reference goes on from where it stopped");
    }

    [Fact]
    public void The_mix_of_layers_is_the_references()
    {
        Tensor[] layers = [.. Enumerable.Range(0, 3).Select(i => _cases[$"activation.{i}"])];
        Tensor weights = tensor(new[] { 0.3f, -0.5f, 1.1f }), gamma = tensor(0.8f);
        Equal(ScalarMix.Mix(layers, weights, gamma), _cases["scalar_mix"]);
        Tensor real = _cases["mask"].to(float32).unsqueeze(-1);
        Equal(ScalarMix.Mix(layers, weights, gamma, _cases["mask"]) * real, _cases["layernorm.scalar_mix"] * real);
        FluentActions.Invoking(() => ScalarMix.Mix(layers, tensor(new[] { 1f, 2f }), gamma)).Should().Throw<ArgumentException>().WithMessage("There are 3 layers*expected one weight a layer*");
    }

    [Fact]
    public void A_row_alone_gives_what_it_gives_in_a_batch()
    {
        string[][] texts = Texts();
        (Tensor characters, Tensor mask) = Batch(texts);
        IReadOnlyList<Tensor> together = _network.forward(characters, mask);
        for (int row = 0; row < texts.Length; row++)
        {
            (Tensor alone, _) = Batch([texts[row]]);
            IReadOnlyList<Tensor> layers = _network.forward(alone, null);
            for (int i = 0; i < 3; i++) Equal(layers[i][0], together[i][row][..(texts[row].Length + 2)]);
        }
    }

    [Fact]
    public void Directions_never_mix()
    {
        (Tensor characters, _) = Batch([["one", "two", "three", "four"]]);
        (Tensor changed, _) = Batch([["one", "two", "other", "four"]]);
        Tensor difference = (_network.forward(characters, null)[2] - _network.forward(changed, null)[2]).abs()[0];   // [6, 24]; the changed word is at 3
        difference[..3, ..12].max().item<float>().Should().Be(0, "forward has not read it yet");
        difference[4.., 12..].max().item<float>().Should().Be(0, "backward has not read it yet");
        difference[3.., ..12].min().item<float>().Should().BeGreaterThan(0);
        difference[..4, 12..].min().item<float>().Should().BeGreaterThan(0);
    }

    public void Dispose()
    {
        _network.Dispose();
        _scope.Dispose();
    }

    private static string[][] Texts() => JsonSerializer.Deserialize<string[][]>(File.ReadAllText(Golden.Path("elmo/tokens.json")))!;

    // Begin and end of sentence around each text, as the reference's encoder adds them.
    private static (Tensor Characters, Tensor Mask) Batch(string[][] texts)
    {
        int width = texts.Max(t => t.Length) + 2;
        short[] ids = new short[texts.Length * width * 50];
        Tensor mask = zeros(texts.Length, width);
        for (int row = 0; row < texts.Length; row++)
        {
            ElmoCharacters.WriteBegin(Place(0));
            for (int word = 0; word < texts[row].Length; word++) ElmoCharacters.Write(texts[row][word], Place(word + 1));
            ElmoCharacters.WriteEnd(Place(texts[row].Length + 1));
            mask[row, ..(texts[row].Length + 2)] = 1;

            Span<short> Place(int at) => ids.AsSpan((row * width + at) * 50, 50);
        }
        return (tensor(ids).view(texts.Length, width, 50).to(int64), mask);
    }

    private static void Equal(Tensor actual, Tensor expected)
    {
        actual.shape.Should().Equal(expected.shape);
        (actual - expected).abs().max().item<float>().Should().BeLessThan(1e-5f);
    }
}
