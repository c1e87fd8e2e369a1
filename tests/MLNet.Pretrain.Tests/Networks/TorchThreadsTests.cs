using MLNet.Pretrain.Networks;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks;

public sealed class TorchThreadsTests
{
    [Fact]
    public void Each_piece_runs_once_and_every_thread_gets_its_setting_back()
    {
        int before = get_num_threads();
        int[] runs = new int[50];
        TorchThreads.ForEach(runs.Length, 4, piece =>
        {
            if (TorchThreads.Count > 1) get_num_threads().Should().Be(1);
            Interlocked.Increment(ref runs[piece]);
        });
        runs.Should().OnlyContain(count => count == 1);
        get_num_threads().Should().Be(before);
    }

    [Fact]
    public void Few_pieces_share_the_threads()
    {
        if (TorchThreads.Count == 1) return;
        var seen = new System.Collections.Concurrent.ConcurrentBag<int>();
        TorchThreads.ForEach(2, 8, _ => seen.Add(get_num_threads()));
        seen.Should().OnlyContain(threads => threads == 4);
    }

    [Fact]
    public void What_a_piece_throws_comes_out_and_the_rest_is_left_out()
    {
        int before = get_num_threads(), runs = 0;
        Action act = () => TorchThreads.ForEach(1000, 2, piece =>
        {
            Interlocked.Increment(ref runs);
            Thread.Sleep(1);
            if (piece == 3) throw new InvalidOperationException("the fourth");
        });
        act.Should().Throw<InvalidOperationException>().WithMessage("the fourth");
        runs.Should().BeLessThan(1000);
        get_num_threads().Should().Be(before);
    }
}
