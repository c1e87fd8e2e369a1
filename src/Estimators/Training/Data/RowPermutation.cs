using System.Numerics;

namespace MLNet.Pretrain.Training;

/// <summary>
/// A random order of 0 to count - 1 that takes no memory: a Feistel network over the next even power of two, walked until it falls inside
/// (Black and Rogaway 2002, cycle walking). Any position of any epoch is found without making those before it.
/// </summary>
internal sealed class RowPermutation
{
    private const int Rounds = 6;

    private readonly long _count;
    private readonly int _halfBits;
    private readonly ulong _mask;
    private readonly ulong[] _keys = new ulong[Rounds];

    public RowPermutation(long count, long seed)
    {
        _count = count;
        int bits = count <= 1 ? 1 : 64 - BitOperations.LeadingZeroCount((ulong)(count - 1));
        _halfBits = (bits + 1) / 2;
        _mask = (1UL << _halfBits) - 1;
        for (int i = 0; i < Rounds; i++) _keys[i] = SeedMixer.Finish((ulong)SeedMixer.Mix(seed, 0, i));
    }

    /// <summary>The item at a position.</summary>
    public long this[long position]
    {
        get
        {
            if ((ulong)position >= (ulong)_count) throw new ArgumentOutOfRangeException(nameof(position), position, $"There are {_count} positions.");
            ulong x = (ulong)position;
            do x = Scramble(x);
            while (x >= (ulong)_count);
            return (long)x;
        }
    }

    private ulong Scramble(ulong x)
    {
        ulong left = x >> _halfBits, right = x & _mask;
        foreach (ulong key in _keys) (left, right) = (right, left ^ (SeedMixer.Finish(right ^ key) & _mask));
        return (left << _halfBits) | right;
    }
}
