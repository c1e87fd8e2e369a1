using System.Globalization;

namespace MLNet.Pretrain.Text;

/// <summary>ELMo's feature options as the name-value pairs of <c>pretrain.json</c>.</summary>
internal static class ElmoSettings
{
    public static void Write(ElmoFeatureOptions options, IDictionary<string, string> settings)
    {
        settings["inputColumnName"] = options.InputColumnName;
        if (options.OutputColumnName is { } output) settings["outputColumnName"] = output;
        if (options.TokensColumnName is { } tokens) settings["tokensColumnName"] = tokens;
        if (options.Layer is { } layer) settings["layer"] = layer.ToString(CultureInfo.InvariantCulture);
        if (options.MixWeights is { } weights) settings["mixWeights"] = string.Join(' ', weights.Select(w => w.ToString("R", CultureInfo.InvariantCulture)));
        settings["mixScale"] = options.MixScale.ToString("R", CultureInfo.InvariantCulture);
        settings["pooling"] = options.Pooling.ToString();
        settings["device"] = options.Device;
        settings["precision"] = options.Precision.ToString();
        settings["tokensPerBatch"] = options.TokensPerBatch.ToString(CultureInfo.InvariantCulture);
        settings["windowRows"] = options.WindowRows.ToString(CultureInfo.InvariantCulture);
        settings["maxParallelForwards"] = options.MaxParallelForwards.ToString(CultureInfo.InvariantCulture);
    }

    public static ElmoFeatureOptions Read(IReadOnlyDictionary<string, string> settings) => new()
    {
        InputColumnName = TextSettings.Required(settings, "inputColumnName"),
        OutputColumnName = settings.GetValueOrDefault("outputColumnName"),
        TokensColumnName = settings.GetValueOrDefault("tokensColumnName"),
        Layer = settings.ContainsKey("layer") ? TextSettings.Integer(settings, "layer") : null,
        MixWeights = settings.TryGetValue("mixWeights", out string? weights) ? ReadWeights(weights) : null,
        MixScale = (float)TextSettings.Real(settings, "mixScale"),
        Pooling = TextSettings.Enumerated<Pooling>(settings, "pooling"),
        Device = TextSettings.Required(settings, "device"),
        Precision = TextSettings.Enumerated<ScoringPrecision>(settings, "precision"),
        TokensPerBatch = TextSettings.Integer(settings, "tokensPerBatch"),
        WindowRows = TextSettings.Integer(settings, "windowRows"),
        MaxParallelForwards = TextSettings.Integer(settings, "maxParallelForwards"),
    };

    private static float[] ReadWeights(string text) =>
        [.. text.Split(' ').Select(part => float.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out float value)
            ? value
            : throw new FormatException($"The saved model's setting 'mixWeights' is '{text}'; expected numbers. It was written by another version or altered; save the model again."))];
}
