namespace MLNet.Pretrain.Networks.Engine;

/// <summary>A way to score without the packed engine, to compare with it or to rule it out: an <see cref="AppContext"/> switch, read when a network is first used.</summary>
internal static class EngineSwitch
{
    public const string Name = "MLNet.Pretrain.PlainEngine";

    /// <summary>Whether the plain engine was asked for.</summary>
    public static bool IsPlain => AppContext.TryGetSwitch(Name, out bool plain) && plain;
}
