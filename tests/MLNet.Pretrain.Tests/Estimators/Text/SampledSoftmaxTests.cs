using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class SampledSoftmaxTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    [Fact]
    public void The_loss_tends_to_the_whole_softmaxs_as_the_sample_grows_to_all_words()
    {
        const int Words = 40;
        manual_seed(1).Dispose();
        Tensor logits = Seeded.Normal(1, [16, Words]), targets = Seeded.Whole(2, 0, Words, [16]);
        double whole = nn.functional.cross_entropy(logits, targets).item<float>();
        long[] counts = Zipf(Words);
        double Error(int size)
        {
            using var sample = new SampledSoftmax(counts, size);
            return Math.Abs(Enumerable.Range(0, 200).Average(_ => sample.Loss(targets, candidates => cat([logits.gather(1, targets.unsqueeze(1)), logits.index_select(1, candidates)], 1)).item<float>()) - whole);
        }

        double[] errors = [.. ((int[])[5, 20, 36, 40]).Select(Error)];
        errors.Should().BeInDescendingOrder();
        errors[^1].Should().BeLessThan(1e-5);
    }

    [Fact]
    public void Frequent_words_that_are_nearly_always_drawn_and_rare_ones_get_their_true_probabilities()
    {
        // Drawn with replacement, and corrected by how often they are drawn, the most frequent word comes out 1.3 times too likely here.
        const int Words = 60, Size = 40;
        long[] counts = Zipf(Words);
        double total = counts.Sum();
        Tensor bias = zeros(Words).requires_grad_(true), frequencies = tensor(counts.Select(c => (float)(c / total)).ToArray());
        manual_seed(3).Dispose();
        using var sample = new SampledSoftmax(counts, Size);
        for (int step = 0; step < 700; step++)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor targets = frequencies.multinomial(256, replacement: true);
            sample.Loss(targets, candidates => cat([bias.index_select(0, targets).unsqueeze(1), bias.index_select(0, candidates).unsqueeze(0).expand(256, -1)], 1)).backward();
            using IDisposable _ = no_grad();
            using Tensor gradient = bias.grad!;
            bias.sub_(gradient * (step < 500 ? 4.0 : 0.5));
            bias.grad = null;
        }
        float[] learnt = bias.detach().softmax(0).data<float>().ToArray();
        for (int word = 0; word < 10; word++) (learnt[word] / (counts[word] / total)).Should().BeInRange(0.85, 1.2, $"word {word}");
    }

    public void Dispose() => _scope.Dispose();

    private static long[] Zipf(int words) => [.. Enumerable.Range(1, words).Select(rank => 100_000L / rank)];
}
