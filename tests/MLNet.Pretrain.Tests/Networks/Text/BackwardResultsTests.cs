using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Backward passes of our own where libtorch calls them for an accelerator: on a thread without a dispose scope, as which another thread of ours will do.</summary>
public sealed class BackwardResultsTests
{
    private const int Passes = 20;

    [Fact]
    public void Layers_that_run_twice_leave_one_passs_results() => LeavesOnePassOnly(RandomEncoder.Of(3), encoder =>
    {
        ((IRecomputing)encoder).RecomputesLayers = true;
        return encoder.forward(RandomEncoder.Ids(2, 5), RandomEncoder.Mask(5, 3), null);
    });

    [Fact]
    public void An_LSTM_leaves_one_passs_results() => LeavesOnePassOnly(
        new TextLstm(new TextLstmConfig { VocabularySize = 30, EmbeddingSize = 3, HiddenSize = 2, LayerCount = 2, ClassCount = 2 }, 1),
        network => network.forward(RandomEncoder.Ids(2, 5), RandomEncoder.Mask(5, 3), null));

    [Fact]
    public void An_ELMo_leaves_one_passs_results() => LeavesOnePassOnly(
        new Elmo(new ElmoConfig { CharacterEmbeddingSize = 2, Filters = [new(1, 2), new(3, 2)], ProjectionSize = 3, CellSize = 4, VocabularySize = 9 }, 1),
        network => network.Layers(network.WordVectors(RandomEncoder.Ids(6, 5)).view(2, 3, 3), null)[^1]);

    [Fact]
    public void A_chain_of_tags_leaves_one_passs_results() => LeavesOnePassOnly(
        new TokenClassifier(RandomEncoder.Of(1), 3, 0, withCrf: true, 1),
        network => network.Crf!.NegativeLogLikelihood(network.forward(RandomEncoder.Ids(2, 5), null, null, zeros([2, 3], int64)), zeros([2, 3], int64), null));

    // Counted on that thread alone, so that the collector has no part in it.
    private static void LeavesOnePassOnly<T>(T network, Func<T, Tensor> run) where T : nn.Module
    {
        using (network)
        {
            network.train();
            OnThread(Passes).Should().Be(OnThread(2));
        }

        long OnThread(int passes)
        {
            long left = 0;
            var thread = new Thread(() =>
            {
                for (int pass = 0; pass < passes; pass++) Pass();
                left = DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;
            });
            thread.Start();
            thread.Join();
            return left;
        }

        void Pass()
        {
            Tensor loss;
            using (NewDisposeScope()) loss = run(network).square().sum().DetachFromDisposeScope();
            loss.backward();
            loss.Dispose();
            using DisposeScope scope = NewDisposeScope();
            foreach (var parameter in network.parameters())
                using (parameter.grad) parameter.grad = null;
        }
    }
}
