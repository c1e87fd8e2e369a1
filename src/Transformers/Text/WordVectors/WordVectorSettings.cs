using System.Globalization;

namespace MLNet.Pretrain.Text;

/// <summary>Word-vector options as the name-value pairs of <c>pretrain.json</c>.</summary>
internal static class WordVectorSettings
{
    public static void Write(WordVectorOptions options, IDictionary<string, string> settings)
    {
        settings["outputColumnName"] = options.OutputColumnName;
        settings["inputColumnName"] = options.InputColumnName;
        settings["pooling"] = options.Pooling.ToString();
        settings["smoothingWeight"] = options.SmoothingWeight.ToString("R", CultureInfo.InvariantCulture);
        Write(options.Splitting, settings);
    }

    public static WordVectorOptions Read(IReadOnlyDictionary<string, string> settings) => new()
    {
        OutputColumnName = TextSettings.Required(settings, "outputColumnName"),
        InputColumnName = TextSettings.Required(settings, "inputColumnName"),
        Pooling = TextSettings.Enumerated<WordVectorPooling>(settings, "pooling"),
        SmoothingWeight = TextSettings.Real(settings, "smoothingWeight"),
        Splitting = ReadSplitting(settings),
    };

    public static void Write(WordSplitting splitting, IDictionary<string, string> settings)
    {
        settings["wordUnit"] = splitting.Unit.ToString();
        settings["lowercase"] = splitting.Lowercase ? "true" : "false";
    }

    public static WordSplitting ReadSplitting(IReadOnlyDictionary<string, string> settings) => new()
    {
        Unit = TextSettings.Enumerated<WordUnit>(settings, "wordUnit"),
        Lowercase = TextSettings.Required(settings, "lowercase") == "true",
    };

    public static void Write(WordPooler pooler, IDictionary<string, string> settings)
    {
        settings["unseenWeight"] = pooler.UnseenWeight.ToString("R", CultureInfo.InvariantCulture);
        if (pooler.Vectors.Subwords is not { } subwords) return;
        settings["subwordMinN"] = subwords.Hasher.MinN.ToString(CultureInfo.InvariantCulture);
        settings["subwordMaxN"] = subwords.Hasher.MaxN.ToString(CultureInfo.InvariantCulture);
        settings["subwordBuckets"] = subwords.Hasher.BucketCount.ToString(CultureInfo.InvariantCulture);
    }

    public static float UnseenWeight(IReadOnlyDictionary<string, string> settings) => (float)TextSettings.Real(settings, "unseenWeight");

    public static SubwordHasher Hasher(IReadOnlyDictionary<string, string> settings) =>
        new(TextSettings.Integer(settings, "subwordMinN"), TextSettings.Integer(settings, "subwordMaxN"), TextSettings.Integer(settings, "subwordBuckets"));
}
