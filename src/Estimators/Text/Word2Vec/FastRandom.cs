namespace MLNet.Pretrain.Text;

/// <summary>A small, fast random source (xorshift64*, Vigna 2016): a value a word costs two cycles, not twenty.</summary>
internal struct FastRandom(long seed)
{
    private ulong _state = (ulong)seed | 1;

    public uint Next()
    {
        ulong x = _state;
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        _state = x;
        return (uint)((x * 0x2545F4914F6CDD1D) >> 32);
    }

    /// <summary>0 to <paramref name="limit"/> - 1.</summary>
    public uint Next(uint limit) => (uint)(((ulong)Next() * limit) >> 32);

    /// <summary>In [0, 1).</summary>
    public float NextSingle() => (Next() >> 8) * (1f / (1 << 24));
}
