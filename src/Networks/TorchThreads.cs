using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks;

/// <summary>
/// Runs independent pieces of work side by side, each on its share of libtorch's threads, one where there are enough pieces: no piece waits for another at each of its operations, as it does where libtorch divides
/// every operation among its threads, and code of our own between operations finds a core that no waiting thread keeps busy.
/// </summary>
internal static unsafe class TorchThreads
{
    // How many threads an operation takes is a setting of each thread, to which TorchSharp gives no way that leaves the other threads' alone.
    private static readonly Lazy<(IntPtr OpenMp, IntPtr Mkl)> s_setters = new(() =>
        NativeLibrary.TryLoad("torch_cpu", typeof(Tensor).Assembly, null, out IntPtr library) || NativeLibrary.TryLoad("libtorch_cpu.so", out library)
            ? (Export(library, "omp_set_num_threads"), Export(library, "MKL_Set_Num_Threads_Local"))
            : default);

    /// <summary>Pieces that may run at once: libtorch's threads, or 1 where they cannot be taken apart (only on Linux are OpenMP's calls found through libtorch).</summary>
    public static int Count => s_setters.Value.OpenMp == 0 ? 1 : get_num_threads();

    /// <summary>Calls <paramref name="work"/> with 0 to <paramref name="pieces"/> - 1, at most <paramref name="threads"/> at a time, in this order; few of them share the threads, a single one has them all.</summary>
    /// <exception cref="Exception">The first that a piece threw; pieces not yet begun are left out.</exception>
    public static void ForEach(int pieces, int threads, Action<int> work)
    {
        if (pieces < 2 || threads < 2)
        {
            for (int piece = 0; piece < pieces; piece++) work(piece);
            return;
        }
        int next = -1, workers = Math.Min(pieces, threads);
        Exception? thrown = null;
        Parallel.For(0, workers, _ =>
        {
            using var share = new Share(threads / workers);
            try
            {
                for (int piece; thrown is null && (piece = Interlocked.Increment(ref next)) < pieces;) work(piece);
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref thrown, e, null);
            }
        });
        if (thrown is not null) ExceptionDispatchInfo.Throw(thrown);
    }

    private static IntPtr Export(IntPtr library, string name) => NativeLibrary.TryGetExport(library, name, out IntPtr address) ? address : 0;

    // While it lives, operations of this thread take so many.
    private readonly ref struct Share
    {
        private readonly int _before;
        private readonly int _mklBefore;

        public Share(int threads)
        {
            _before = get_num_threads();   // also makes libtorch set up this thread, which would undo what follows
            (IntPtr openMp, IntPtr mkl) = s_setters.Value;
            ((delegate* unmanaged<int, void>)openMp)(threads);
            if (mkl != 0) _mklBefore = ((delegate* unmanaged<int, int>)mkl)(threads);
        }

        public void Dispose()
        {
            (IntPtr openMp, IntPtr mkl) = s_setters.Value;
            ((delegate* unmanaged<int, void>)openMp)(_before);
            if (mkl != 0) ((delegate* unmanaged<int, int>)mkl)(_mklBefore);
        }
    }
}
