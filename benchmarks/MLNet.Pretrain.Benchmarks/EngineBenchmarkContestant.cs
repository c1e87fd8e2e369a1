namespace MLNet.Pretrain.Benchmarks;

/// <summary>One of those that do the same work in turns.</summary>
/// <param name="Name">As printed.</param>
/// <param name="IsPeer">Whether the others are compared with it.</param>
/// <param name="WarmUp">Done once before the first round.</param>
/// <param name="Measure">Does the work and gives what was measured, the milliseconds that count first.</param>
internal sealed record EngineBenchmarkContestant(string Name, bool IsPeer, Action WarmUp, Func<double[]> Measure);
