using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text.MultiLabel;

public sealed class MultiLabelTaskTests : IDisposable
{
    private const int Labels = 3;

    private static readonly TextEncoderConfig s_config = new() { VocabSize = 50, HiddenSize = 8, LayerCount = 1, HeadCount = 1, IntermediateSize = 8, HasPooler = false };
    private static readonly int[][] s_sets = [[0, 2], [], [1], [0, 1, 2]];
    private static readonly float[] s_weights = [1, 0.5f, 2, 0];

    private readonly SequenceClassifier _network = new(new TextEncoder(s_config, 1), Labels, 0, 1);
    private readonly TokenStore _store;

    public MultiLabelTaskTests()
    {
        using (no_grad())
        {
            foreach (TorchSharp.Modules.Parameter parameter in _network.parameters()) parameter.mul_(20);   // logits that differ from 0
        }
        using var writer = new TokenStoreWriter(new TokenStoreFormat(50, 0, false, LabelKind.Set, Labels));
        for (int row = 0; row < s_sets.Length; row++) writer.Append([1, 5 + 9 * row, 7, 2], 4, s_sets[row], s_weights[row]);
        _store = writer.Complete();
    }

    public void Dispose()
    {
        _store.Dispose();
        _network.Dispose();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(new[] { 1.0, 3, 0.5 })]
    public void The_loss_is_the_mean_of_binary_cross_entropy_over_labels_and_rows(double[]? positiveWeights)
    {
        using var scope = NewDisposeScope();
        _network.eval();
        var task = new MultiLabelTask(_network, new() { PositiveWeights = positiveWeights });
        using TrainingBatch batch = new BatchAssembler(_store).Assemble([0, 1, 2, 3]);
        float[] logits = [.. _network.forward(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds).data<float>()];
        logits.Select(Math.Abs).Max().Should().BeGreaterThan(0.5f);
        double sum = 0;
        for (int row = 0; row < s_sets.Length; row++)
        {
            for (int label = 0; label < Labels; label++)
            {
                double probability = 1 / (1 + Math.Exp(-logits[row * Labels + label]));
                double loss = s_sets[row].Contains(label) ? -(positiveWeights?[label] ?? 1) * Math.Log(probability) : -Math.Log(1 - probability);
                sum += s_weights[row] * loss;
            }
        }
        task.Loss(batch).item<float>().Should().BeApproximately((float)(sum / (s_sets.Length * Labels)), 1e-5f);
        using var none = no_grad();
        task.Evaluate([batch])["Loss"].Should().BeApproximately(sum / (s_sets.Length * Labels), 1e-5);
    }

    [Fact]
    public void Logits_far_out_neither_overflow_nor_lose_the_gradient()
    {
        using var scope = NewDisposeScope();
        using (no_grad()) _network.LastLayer.bias!.fill_(1000);
        using TrainingBatch batch = new BatchAssembler(_store).Assemble([0, 1, 2, 3]);
        Tensor loss = new MultiLabelTask(_network, new()).Loss(batch);
        loss.item<float>().Should().BeInRange(100, 1000);
        loss.backward();
        _network.LastLayer.bias!.grad!.data<float>().Should().Contain(g => g > 0.01f);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(100_000)]
    public void Sets_come_back_from_the_store_whatever_the_batch(int vocabulary) => AnySeed.Holds(random =>
    {
        int classes = random.Next(1, 20);
        (int[] Ids, int[] Set)[] rows = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => (
            Enumerable.Range(0, random.Next(1, 9)).Select(_ => random.Next(vocabulary)).ToArray(),
            Enumerable.Range(0, classes).Where(_ => random.Next(3) == 0).ToArray()))];
        using var writer = new TokenStoreWriter(new TokenStoreFormat(vocabulary, 0, false, LabelKind.Set, classes));
        foreach ((int[] ids, int[] set) in rows) writer.Append(ids, ids.Length, set);
        using TokenStore store = writer.Complete();
        store.TokenCount.Should().Be(rows.Sum(row => row.Ids.Length));
        store.LongestRow.Should().Be(rows.Max(row => row.Ids.Length));
        long[] chosen = [.. Enumerable.Range(0, rows.Length).OrderBy(_ => random.Next()).Take(5).Select(row => (long)row)];
        using TrainingBatch batch = new BatchAssembler(store).Assemble(chosen);
        batch.Labels.shape.Should().Equal(chosen.Length, classes);
        float[] marks = [.. batch.Labels.data<float>()];
        long[] words = [.. batch.InputIds.data<long>()];
        for (int i = 0; i < chosen.Length; i++)
        {
            (int[] ids, int[] set) = rows[chosen[i]];
            Enumerable.Range(0, classes).Where(label => marks[i * classes + label] == 1).Should().Equal(set);
            words.Skip(i * (int)batch.InputIds.shape[1]).Take(ids.Length).Should().Equal(ids.Select(id => (long)id));
            store.Label(chosen[i]).Should().Be(set.Length);
        }
    });

    [Fact]
    public void A_class_that_there_is_not_is_refused()
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(50, 0, false, LabelKind.Set, 3));
        FluentActions.Invoking(() => writer.Append([1], 1, new[] { 3 })).Should().Throw<ArgumentOutOfRangeException>().WithMessage("*class outside of the 3*");
        FluentActions.Invoking(() => writer.Append([1], 1, 1)).Should().Throw<InvalidOperationException>();
    }
}
