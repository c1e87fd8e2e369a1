using System.Globalization;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>Options as the name-value pairs of <c>pretrain.json</c>.</summary>
internal static class TextSettings
{
    public static void Write(TextEncodingOptions options, IDictionary<string, string> settings)
    {
        WriteScoring(options, settings);
        Optional(settings, "outputColumnName", options.OutputColumnName);
        Optional(settings, "tokensColumnName", options.TokensColumnName);
        settings["pooling"] = options.Pooling.ToString();
        settings["layer"] = Number(options.Layer);
        settings["averagedLayers"] = Number(options.AveragedLayers);
        settings["normalize"] = options.Normalize ? "true" : "false";
    }

    public static TextEncodingOptions ReadEncoding(IReadOnlyDictionary<string, string> settings) => new()
    {
        InputColumnName = Required(settings, "inputColumnName"),
        PairColumnName = settings.GetValueOrDefault("pairColumnName"),
        OutputColumnName = settings.GetValueOrDefault("outputColumnName"),
        TokensColumnName = settings.GetValueOrDefault("tokensColumnName"),
        Pooling = Enumerated<Pooling>(settings, "pooling"),
        Layer = Integer(settings, "layer"),
        AveragedLayers = Integer(settings, "averagedLayers"),
        Normalize = Required(settings, "normalize") == "true",
        MaxLength = Integer(settings, "maxLength"),
        Truncation = Enumerated<TruncationStrategy>(settings, "truncation"),
        Device = Required(settings, "device"),
        Precision = Enumerated<ScoringPrecision>(settings, "precision"),
        StoredWeights = settings.ContainsKey("storedWeights") ? Enumerated<WeightStorage>(settings, "storedWeights") : null,
        TokensPerBatch = Integer(settings, "tokensPerBatch"),
        WindowRows = Integer(settings, "windowRows"),
        MaxParallelForwards = Integer(settings, "maxParallelForwards"),
    };

    public static void WriteScoring(TextScoringOptions options, IDictionary<string, string> settings)
    {
        settings["inputColumnName"] = options.InputColumnName;
        Optional(settings, "pairColumnName", options.PairColumnName);
        settings["maxLength"] = Number(options.MaxLength);
        settings["truncation"] = options.Truncation.ToString();
        settings["device"] = options.Device;
        settings["precision"] = options.Precision.ToString();
        Optional(settings, "storedWeights", options.StoredWeights?.ToString());
        settings["tokensPerBatch"] = Number(options.TokensPerBatch);
        settings["windowRows"] = Number(options.WindowRows);
        settings["maxParallelForwards"] = Number(options.MaxParallelForwards);
    }

    public static TextScoringOptions ReadScoring(IReadOnlyDictionary<string, string> settings) => new()
    {
        InputColumnName = Required(settings, "inputColumnName"),
        PairColumnName = settings.GetValueOrDefault("pairColumnName"),
        MaxLength = Integer(settings, "maxLength"),
        Truncation = Enumerated<TruncationStrategy>(settings, "truncation"),
        Device = Required(settings, "device"),
        Precision = Enumerated<ScoringPrecision>(settings, "precision"),
        StoredWeights = settings.ContainsKey("storedWeights") ? Enumerated<WeightStorage>(settings, "storedWeights") : null,
        TokensPerBatch = Integer(settings, "tokensPerBatch"),
        WindowRows = Integer(settings, "windowRows"),
        MaxParallelForwards = Integer(settings, "maxParallelForwards"),
    };

    public static string Required(IReadOnlyDictionary<string, string> settings, string name) => settings.TryGetValue(name, out string? value)
        ? value
        : throw new FormatException($"The saved model's pretrain.json has no setting '{name}'; it was written by another version or altered. Save the model again.");

    public static int Integer(IReadOnlyDictionary<string, string> settings, string name) =>
        int.TryParse(Required(settings, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value)
            ? value
            : throw Unreadable(settings, name, "a whole number");

    public static double Real(IReadOnlyDictionary<string, string> settings, string name) =>
        double.TryParse(Required(settings, name), NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
            ? value
            : throw Unreadable(settings, name, "a number");

    public static string Numbers(IEnumerable<double> values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    public static IReadOnlyList<double> Numbers(IReadOnlyDictionary<string, string> settings, string name)
    {
        string[] parts = Required(settings, name).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return [.. parts.Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : throw Unreadable(settings, name, "numbers"))];
    }

    public static TEnum Enumerated<TEnum>(IReadOnlyDictionary<string, string> settings, string name) where TEnum : struct, Enum =>
        Enum.TryParse(Required(settings, name), out TEnum value) && Enum.IsDefined(value)
            ? value
            : throw Unreadable(settings, name, $"one of {string.Join(", ", Enum.GetNames<TEnum>())}");

    private static void Optional(IDictionary<string, string> settings, string name, string? value)
    {
        if (value is not null) settings[name] = value;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

    private static FormatException Unreadable(IReadOnlyDictionary<string, string> settings, string name, string expected) =>
        new($"The saved model's setting '{name}' is '{settings[name]}'; expected {expected}. It was written by another version or altered; save the model again.");
}
