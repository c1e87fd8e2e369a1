using System.Globalization;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>The shape of a language model as the name-value pairs of <c>pretrain.json</c>.</summary>
internal static class LanguageModelSettings
{
    public static void Write(NeuralLanguageModelConfig config, IDictionary<string, string> settings)
    {
        settings["vocabularySize"] = config.VocabularySize.ToString(CultureInfo.InvariantCulture);
        settings["contextSize"] = config.ContextSize.ToString(CultureInfo.InvariantCulture);
        settings["embeddingSize"] = config.EmbeddingSize.ToString(CultureInfo.InvariantCulture);
        settings["hiddenSize"] = config.HiddenSize.ToString(CultureInfo.InvariantCulture);
        settings["directConnections"] = config.DirectConnections ? "true" : "false";
    }

    public static NeuralLanguageModelConfig Read(IReadOnlyDictionary<string, string> settings) => new()
    {
        VocabularySize = TextSettings.Integer(settings, "vocabularySize"),
        ContextSize = TextSettings.Integer(settings, "contextSize"),
        EmbeddingSize = TextSettings.Integer(settings, "embeddingSize"),
        HiddenSize = TextSettings.Integer(settings, "hiddenSize"),
        DirectConnections = TextSettings.Required(settings, "directConnections") == "true",
    };
}
