namespace MLNet.Pretrain.Calibrators;

/// <summary>One wording for what goes wrong with score columns, whether a schema or only its shape is known.</summary>
internal static class CalibratorMessages
{
    /// <summary>The method that users called.</summary>
    public static string Owner(ScoreKind kind) => kind == ScoreKind.Binary ? "Temperature" : "TemperatureScaling";

    public static string WrongScore(ScoreKind kind, string name, string found, string expected) =>
        $"Column '{name}' is {found}; {Owner(kind)} reads {expected}, {(kind == ScoreKind.Binary ? "log-odds, as binary classifiers give them; for several classes use MulticlassClassification.TemperatureScaling" : "one probability a class, as multiclass classifiers give them; for two use BinaryClassification.Calibrators.Temperature")}. Or name another column as scoreColumnName.";
}
