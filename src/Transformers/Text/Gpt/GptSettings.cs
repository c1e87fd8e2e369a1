using System.Globalization;

namespace MLNet.Pretrain.Text;

/// <summary>Options of a GPT as the name-value pairs of <c>pretrain.json</c>.</summary>
internal static class GptSettings
{
    public static void Write(GptFeatureOptions options, IDictionary<string, string> settings)
    {
        TextSettings.WriteScoring(options, settings);
        settings["outputColumnName"] = options.OutputColumnName;
        settings["pooling"] = options.Pooling.ToString();
        settings["layer"] = options.Layer.ToString(CultureInfo.InvariantCulture);
        settings["normalize"] = options.Normalize ? "true" : "false";
    }

    public static GptFeatureOptions Read(IReadOnlyDictionary<string, string> settings)
    {
        TextScoringOptions scoring = TextSettings.ReadScoring(settings);
        return new()
        {
            InputColumnName = scoring.InputColumnName,
            PairColumnName = scoring.PairColumnName,
            MaxLength = scoring.MaxLength,
            Truncation = scoring.Truncation,
            Device = scoring.Device,
            Precision = scoring.Precision,
            StoredWeights = scoring.StoredWeights,
            TokensPerBatch = scoring.TokensPerBatch,
            WindowRows = scoring.WindowRows,
            MaxParallelForwards = scoring.MaxParallelForwards,
            OutputColumnName = TextSettings.Required(settings, "outputColumnName"),
            Pooling = TextSettings.Enumerated<GptPooling>(settings, "pooling"),
            Layer = TextSettings.Integer(settings, "layer"),
            Normalize = TextSettings.Required(settings, "normalize") == "true",
        };
    }
}
