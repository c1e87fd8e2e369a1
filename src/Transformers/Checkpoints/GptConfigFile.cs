using System.Text.Json.Nodes;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Hugging Face's <c>config.json</c> of GPT-2.</summary>
internal static class GptConfigFile
{
    private const string ModelType = "gpt2";

    // What changes the arithmetic, with the value that ours has.
    private static readonly (string Name, bool Expected)[] s_fixed =
        [("scale_attn_weights", true), ("scale_attn_by_inverse_layer_idx", false), ("add_cross_attention", false), ("tie_word_embeddings", true)];

    public static GptConfig Read(string path) => ConfigFile.Parse(path, "the config.json of a GPT-2 checkpoint", json => Parse(path, json));

    public static string Write(GptConfig config, WeightType weights, int endOfTextId) => new JsonObject
    {
        ["architectures"] = new JsonArray("GPT2LMHeadModel"),
        ["model_type"] = ModelType,
        ["vocab_size"] = config.VocabSize,
        ["n_positions"] = config.MaxPositions,
        ["n_ctx"] = config.MaxPositions,
        ["n_embd"] = config.HiddenSize,
        ["n_layer"] = config.LayerCount,
        ["n_head"] = config.HeadCount,
        ["n_inner"] = config.IntermediateSize == 0 ? null : config.IntermediateSize,
        ["activation_function"] = ConfigFile.NameOf(config.Activation),
        ["embd_pdrop"] = config.EmbeddingDropout,
        ["resid_pdrop"] = config.ResidualDropout,
        ["attn_pdrop"] = config.AttentionDropout,
        ["layer_norm_epsilon"] = config.LayerNormEpsilon,
        ["initializer_range"] = config.InitializerRange,
        ["tie_word_embeddings"] = true,
        ["bos_token_id"] = endOfTextId,
        ["eos_token_id"] = endOfTextId,
        ["torch_dtype"] = weights.ToString().ToLowerInvariant(),
    }.ToJsonString(ConfigFile.Indented) + "\n";

    private static GptConfig Parse(string path, JsonObject json)
    {
        string? type = json["model_type"]?.GetValue<string>();
        if (type != ModelType) throw new InvalidDataException($"'{path}' has model_type '{type ?? "(none)"}'; expected '{ModelType}'.");
        foreach ((string name, bool expected) in s_fixed)
            if (json[name]?.GetValue<bool>() is { } found && found != expected)
                throw new InvalidDataException($"'{path}' has {name} {(found ? "true" : "false")}; expected {(expected ? "true" : "false")}, the only kind supported.");
        var config = new GptConfig
        {
            VocabSize = Integer("vocab_size") ?? throw new InvalidDataException($"'{path}' has no 'vocab_size'; expected a whole number."),
            HiddenSize = Integer("n_embd") ?? 768,
            LayerCount = Integer("n_layer") ?? 12,
            HeadCount = Integer("n_head") ?? 12,
            IntermediateSize = Integer("n_inner") ?? 0,
            MaxPositions = Integer("n_positions") ?? 1024,
            Activation = ConfigFile.ActivationOf(path, json["activation_function"]?.GetValue<string>() ?? "gelu_new"),
            EmbeddingDropout = Number("embd_pdrop") ?? 0.1,
            ResidualDropout = Number("resid_pdrop") ?? 0.1,
            AttentionDropout = Number("attn_pdrop") ?? 0.1,
            LayerNormEpsilon = Number("layer_norm_epsilon") ?? 1e-5,
            InitializerRange = Number("initializer_range") ?? 0.02,
        };
        ConfigFile.CheckNetwork(path, config.Validate);
        return config;

        int? Integer(string name) => json[name]?.GetValue<int>();
        double? Number(string name) => json[name]?.GetValue<double>();
    }
}
