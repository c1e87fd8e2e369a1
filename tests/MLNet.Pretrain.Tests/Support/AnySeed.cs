using FsCheck;
using FsCheck.Fluent;

namespace MLNet.Pretrain.Tests.Support;

/// <summary>Properties over what a test draws itself; a failure names the seed.</summary>
internal static class AnySeed
{
    public static void Holds(Action<Random> check, int tests = 100) =>
        Prop.ForAll(Gen.Choose(0, int.MaxValue - 1).ToArbitrary(), seed => check(new Random(seed))).Check(Config.QuickThrowOnFailure.WithMaxTest(tests));
}
