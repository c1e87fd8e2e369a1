using System.Globalization;

namespace MLNet.Pretrain.Text;

/// <summary>Options of question answering as the name-value pairs of <c>pretrain.json</c>.</summary>
internal static class QuestionAnsweringSettings
{
    public static void Write(QuestionAnsweringOptions options, IDictionary<string, string> settings)
    {
        settings["questionColumnName"] = options.QuestionColumnName;
        settings["contextColumnName"] = options.ContextColumnName;
        settings["outputColumnName"] = options.OutputColumnName;
        settings["scoreColumnName"] = options.ScoreColumnName;
        settings["maxLength"] = Number(options.MaxLength);
        settings["stride"] = Number(options.Stride);
        settings["maxQuestionLength"] = Number(options.MaxQuestionLength);
        settings["maxAnswerLength"] = Number(options.MaxAnswerLength);
        if (options.NoAnswerThreshold is { } threshold) settings["noAnswerThreshold"] = threshold.ToString("R", CultureInfo.InvariantCulture);
        settings["device"] = options.Device;
        settings["precision"] = options.Precision.ToString();
        settings["tokensPerBatch"] = Number(options.TokensPerBatch);
        settings["windowRows"] = Number(options.WindowRows);
        settings["maxParallelForwards"] = Number(options.MaxParallelForwards);
    }

    public static QuestionAnsweringOptions Read(IReadOnlyDictionary<string, string> settings) => new()
    {
        QuestionColumnName = TextSettings.Required(settings, "questionColumnName"),
        ContextColumnName = TextSettings.Required(settings, "contextColumnName"),
        OutputColumnName = TextSettings.Required(settings, "outputColumnName"),
        ScoreColumnName = TextSettings.Required(settings, "scoreColumnName"),
        MaxLength = TextSettings.Integer(settings, "maxLength"),
        Stride = TextSettings.Integer(settings, "stride"),
        MaxQuestionLength = TextSettings.Integer(settings, "maxQuestionLength"),
        MaxAnswerLength = TextSettings.Integer(settings, "maxAnswerLength"),
        NoAnswerThreshold = settings.ContainsKey("noAnswerThreshold") ? (float)TextSettings.Real(settings, "noAnswerThreshold") : null,
        Device = TextSettings.Required(settings, "device"),
        Precision = TextSettings.Enumerated<ScoringPrecision>(settings, "precision"),
        TokensPerBatch = TextSettings.Integer(settings, "tokensPerBatch"),
        WindowRows = TextSettings.Integer(settings, "windowRows"),
        MaxParallelForwards = TextSettings.Integer(settings, "maxParallelForwards"),
    };

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
