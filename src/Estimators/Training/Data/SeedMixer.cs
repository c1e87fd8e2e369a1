namespace MLNet.Pretrain.Training;

/// <summary>Derives independent seeds from one: each purpose and each position its own (the finalizer of SplitMix64, Steele et al. 2014).</summary>
internal static class SeedMixer
{
    /// <summary>Purposes.</summary>
    public const long Split = 1, Order = 2, Step = 3, Batch = 4, Augmentation = 5;

    public static long Mix(long seed, long purpose, long position = 0) => (long)Finish(Finish(Finish((ulong)seed) + (ulong)purpose) + (ulong)position);

    public static ulong Finish(ulong x)
    {
        x += 0x9E3779B97F4A7C15;
        x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
        x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
        return x ^ (x >> 31);
    }
}
