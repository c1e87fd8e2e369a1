using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Against the equations, a number at a time in double precision.</summary>
public sealed class TextLstmTests : IDisposable
{
    private const int Hidden = 5, Size = 4;
    private static readonly long[][] s_rows = [[3, 7, 2, 9, 4, 5], [8], [6, 2, 2], [0]];   // the last as of a text without words

    private readonly DisposeScope _scope;

    public TextLstmTests()
    {
        TorchRuntime.EnsureLoaded();
        _scope = NewDisposeScope();
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(TextLstmPooling.Max, 1, false)]
    [InlineData(TextLstmPooling.Max, 2, true)]
    [InlineData(TextLstmPooling.LastStates, 1, true)]
    [InlineData(TextLstmPooling.LastStates, 3, false)]
    public void Logits_are_those_of_the_equations_for_each_row_of_a_batch_alone_and_padded(TextLstmPooling pooling, int layers, bool twoChannels)
    {
        using TextLstm network = Make(pooling, layers, twoChannels);
        using IDisposable _ = no_grad();
        (Tensor ids, Tensor mask) = Batch();
        float[] together = network.forward(ids, mask, null).data<float>().ToArray(), wider = network.forward(nn.functional.pad(ids, [0, 9], value: 6), nn.functional.pad(mask, [0, 9]).to(@bool), null).data<float>().ToArray();
        for (int row = 0; row < s_rows.Length; row++)
        {
            double[] expected = Reference(network, s_rows[row]);
            float[] alone = network.forward(tensor(s_rows[row]).unsqueeze(0), null, null).data<float>().ToArray();
            for (int k = 0; k < 3; k++)
                foreach (float actual in (float[])[alone[k], together[3 * row + k], wider[3 * row + k]]) actual.Should().BeApproximately((float)expected[k], 1e-5f);
        }
    }

    [Theory]
    [InlineData(TextLstmPooling.Max)]
    [InlineData(TextLstmPooling.LastStates)]
    public void Gradients_are_the_slopes_of_the_loss(TextLstmPooling pooling)
    {
        using TextLstm network = Make(pooling, 2, twoChannels: true);
        (Tensor ids, Tensor mask) = Batch();
        Loss().backward();
        int checkedOnes = 0;
        foreach ((string name, Parameter parameter) in network.named_parameters())
        {
            if (!parameter.requires_grad) continue;
            Tensor gradient = parameter.grad!.flatten();
            long at = gradient.abs().argmax().item<long>();
            double slope = (Moved(at, 1e-2) - Moved(at, -1e-2)) / 2e-2;
            gradient[at].item<float>().Should().BeApproximately((float)slope, 0.02f * (float)Math.Abs(slope) + 1e-3f, name);
            checkedOnes++;

            double Moved(long index, double by)
            {
                using IDisposable _ = no_grad();
                Tensor place = parameter.view(-1)[index];
                place.add_(by);
                double loss = Loss().item<float>();
                place.add_(-by);
                return loss;
            }
        }
        checkedOnes.Should().Be(1 + 2 * 2 * 3 + 2);

        Tensor Loss() => nn.functional.cross_entropy(network.forward(ids, mask, null), tensor(new long[] { 0, 1, 2, 1 })) * 10;
    }

    [Fact]
    public void Live_tensors_are_flat()
    {
        using TextLstm network = Make(TextLstmPooling.Max, 2, twoChannels: false);
        (Tensor ids, Tensor mask) = Batch();
        void Run(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using DisposeScope scope = NewDisposeScope();
                network.forward(ids, mask, null).sum().backward();
                foreach (Parameter parameter in network.parameters())
                    using (parameter.grad) parameter.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Run(1), () => Run(50));
    }

    [Fact]
    public void A_shape_that_is_none_is_refused()
    {
        foreach (TextLstmConfig config in (TextLstmConfig[])[Config() with { HiddenSize = 0 }, Config() with { LayerCount = 0 }, Config() with { Pooling = (TextLstmPooling)9 }, Config() with { ClassCount = 1 }, Config() with { Dropout = 1 }, Config() with { PadTokenId = 12 }])
            FluentActions.Invoking(() => new TextLstm(config)).Should().Throw<ArgumentException>().WithMessage("*is*expected*");
    }

    private static TextLstmConfig Config() => new() { VocabularySize = 12, EmbeddingSize = Size, HiddenSize = Hidden, ClassCount = 3, Dropout = 0 };

    private static TextLstm Make(TextLstmPooling pooling, int layers, bool twoChannels)
    {
        var network = new TextLstm(Config() with { Pooling = pooling, LayerCount = layers, TwoChannels = twoChannels }, 3);
        using IDisposable _ = no_grad();
        // Far from what they begin with, so that no part can be forgotten.
        using var generator = new Generator(7);
        foreach ((string name, Parameter parameter) in network.named_parameters()) parameter.add_(randn(parameter.shape, generator: generator) * (name.Contains("embedding", StringComparison.Ordinal) ? 1 : 0.4));
        return network;
    }

    private static (Tensor Ids, Tensor Mask) Batch()
    {
        int width = s_rows.Max(r => r.Length);
        // Filler that is a word: the mask alone tells.
        Tensor ids = stack([.. s_rows.Select(row => tensor((long[])[.. row, .. Enumerable.Repeat(11L, width - row.Length)]))]);
        return (ids, stack([.. s_rows.Select(row => tensor((long[])[.. row.Select(_ => 1L), .. Enumerable.Repeat(0L, width - row.Length)]))]));
    }

    private static double[] Reference(TextLstm network, long[] ids)
    {
        var weights = network.named_parameters().ToDictionary(p => p.name, p => (Shape: p.parameter.shape, Values: p.parameter.data<float>().ToArray()));
        string[] tables = network.Config.TwoChannels ? ["embedding.weight", "fixed_embedding.weight"] : ["embedding.weight"];
        double[][] states = [.. ids.Select(id => tables.SelectMany(table => weights[table].Values.Skip((int)id * Size).Take(Size)).Select(v => (double)v).ToArray())];
        double[] last = [];
        for (int layer = 0; layer < network.Config.LayerCount; layer++)
        {
            double[][] forward = Direction($"forward_layer_{layer}", states), backward = [.. Direction($"backward_layer_{layer}", [.. states.Reverse()]).Reverse()];
            last = [.. forward[^1], .. backward[0]];
            states = [.. forward.Zip(backward, (f, b) => (double[])[.. f, .. b])];
        }
        double[] pooled = network.Config.Pooling == TextLstmPooling.LastStates ? last : [.. Enumerable.Range(0, 2 * Hidden).Select(i => states.Max(s => s[i]))];
        return Product(weights["fc.weight"], pooled, weights["fc.bias"].Values);

        double[][] Direction(string name, double[][] inputs)
        {
            double[] h = new double[Hidden], c = new double[Hidden];
            var outputs = new List<double[]>();
            foreach (double[] x in inputs)
            {
                double[] gates = Product(weights[name + ".input_linearity.weight"], x, weights[name + ".input_linearity.bias"].Values), own = Product(weights[name + ".state_linearity.weight"], h, null);
                for (int i = 0; i < gates.Length; i++) gates[i] += own[i];
                (h, c) = ((double[])h.Clone(), (double[])c.Clone());
                for (int i = 0; i < Hidden; i++)
                {
                    c[i] = Sigmoid(gates[Hidden + i]) * c[i] + Sigmoid(gates[i]) * Math.Tanh(gates[2 * Hidden + i]);
                    h[i] = Sigmoid(gates[3 * Hidden + i]) * Math.Tanh(c[i]);
                }
                outputs.Add(h);
            }
            return [.. outputs];
        }

        static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

        static double[] Product((long[] Shape, float[] Values) matrix, double[] x, float[]? bias) =>
            [.. Enumerable.Range(0, (int)matrix.Shape[0]).Select(row => Enumerable.Range(0, x.Length).Sum(i => matrix.Values[row * x.Length + i] * x[i]) + (bias?[row] ?? 0))];
    }
}
