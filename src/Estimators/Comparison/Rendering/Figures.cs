using System.Globalization;
using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>How figures are written, the same in every form of the report and under every culture.</summary>
internal static class Figures
{
    public const string None = "–";

    public static CultureInfo Culture => CultureInfo.InvariantCulture;

    public static string Score(double value) => value.ToString("0.000", Culture);

    public static string Score(double? value) => value is { } v ? Score(v) : None;

    /// <summary>A part of something, in percent.</summary>
    public static string Part(double value) => double.IsFinite(value) ? $"{(100 * value).ToString("0.0", Culture)} %" : None;

    public static string Points(double difference) => $"{(100 * difference).ToString("0.0", Culture)} points";

    public static string SignedPoints(double difference) => (100 * difference).ToString("+0.0;-0.0;0.0", Culture);

    public static string Interval(Interval interval, Func<double, string> format) => $"[{format(interval.Low)}, {format(interval.High)}]";

    public static string PValue(double p) => p switch
    {
        < 0.0001 => "< 0.0001",
        < 0.001 => p.ToString("0.0000", Culture),
        _ => p.ToString("0.000", Culture),
    };

    /// <summary>As part of a sentence: <c>p = 0.031</c>, <c>p &lt; 0.0001</c>.</summary>
    public static string Significance(double p) => p < 0.0001 ? $"p {PValue(p)}" : $"p = {PValue(p)}";

    public static string Times(double ratio) => ratio switch
    {
        >= 10 => $"{ratio.ToString("N0", Culture)}x",
        >= 0.095 => $"{ratio.ToString("0.0", Culture)}x",
        _ => $"{ratio.ToString("0.000", Culture)}x",
    };

    public static string Duration(TimeSpan? time) => time is { } t ? Duration(t) : None;

    public static string Duration(TimeSpan time) => time.TotalSeconds switch
    {
        < 1 => $"{time.TotalMilliseconds.ToString("0", Culture)} ms",
        < 100 => $"{time.TotalSeconds.ToString("0.0", Culture)} s",
        < 6000 => $"{time.TotalMinutes.ToString("0.0", Culture)} min",
        _ => $"{time.TotalHours.ToString("0.0", Culture)} h",
    };

    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString(time.TotalMilliseconds < 10 ? "0.00" : "0.0", Culture);

    public static string Count(double value) => value.ToString("N0", Culture);

    public static string Megabytes(long? bytes) => bytes is { } b ? $"{(b / 1e6).ToString(b < 10_000_000 ? "0.0" : "N0", Culture)} MB" : None;
}
