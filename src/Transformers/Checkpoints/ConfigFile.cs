using System.Collections.ObjectModel;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Hugging Face's <c>config.json</c> of the BERT family. Each family has its own names for the same values.</summary>
internal static class ConfigFile
{
    public const string Name = "config.json";

    public static readonly JsonSerializerOptions Indented = new() { TypeInfoResolver = new DefaultJsonTypeInfoResolver(), WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly Dictionary<string, TextEncoderFamily> s_families = new()
    {
        ["bert"] = TextEncoderFamily.Bert,
        ["distilbert"] = TextEncoderFamily.DistilBert,
        ["roberta"] = TextEncoderFamily.Roberta,
        ["xlm-roberta"] = TextEncoderFamily.Roberta,
        ["camembert"] = TextEncoderFamily.Roberta,
    };

    private static readonly (string Name, Activation Activation)[] s_activations =
        [("gelu", Activation.Gelu), ("gelu_new", Activation.GeluTanh), ("gelu_pytorch_tanh", Activation.GeluTanh), ("relu", Activation.Relu)];

    public static CheckpointConfig Read(string path) => Parse(path, "the config.json of a BERT, DistilBERT or RoBERTa checkpoint", json => Parse(path, json));

    /// <summary>Parses a configuration, whatever its family.</summary>
    /// <param name="path">Path of the file.</param>
    /// <param name="expected">What it should be, for the message.</param>
    /// <param name="parse">Makes the family's own of it.</param>
    /// <exception cref="InvalidDataException">It is no JSON object, or a value is of another kind.</exception>
    public static T Parse<T>(string path, string expected, Func<JsonObject, T> parse)
    {
        try
        {
            return parse(JsonNode.Parse(File.ReadAllText(path)) as JsonObject ?? throw new JsonException("it is not an object"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"'{path}' is not readable ({e.Message}); expected {expected}.", e);
        }
    }

    public static string NameOf(Activation activation) => s_activations.First(a => a.Activation == activation).Name;

    public static Activation ActivationOf(string path, string name) => s_activations.Any(a => a.Name == name)
        ? s_activations.First(a => a.Name == name).Activation
        : throw new InvalidDataException($"'{path}' has activation '{name}'; expected one of {string.Join(", ", s_activations.Select(a => a.Name))}.");

    /// <summary>Runs a configuration's own check.</summary>
    public static void CheckNetwork(string path, Action validate)
    {
        try
        {
            validate();
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"'{path}' does not describe a network: {e.Message}", e);
        }
    }

    public static string Write(CheckpointConfig config, WeightType weights, string task, string? problemType = null)
    {
        TextEncoderConfig encoder = config.Encoder;
        (string type, string architecture) = encoder.Family switch
        {
            TextEncoderFamily.DistilBert => ("distilbert", "DistilBert"),
            TextEncoderFamily.Roberta => ("roberta", "Roberta"),
            _ => ("bert", "Bert"),
        };
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(architecture + task),
            ["model_type"] = type,
            ["vocab_size"] = encoder.VocabSize,
            ["max_position_embeddings"] = encoder.MaxPositions,
            ["pad_token_id"] = encoder.PadTokenId,
            ["initializer_range"] = encoder.InitializerRange,
            ["torch_dtype"] = weights.ToString().ToLowerInvariant(),
        };
        string activation = NameOf(encoder.Activation);
        if (encoder.Family == TextEncoderFamily.DistilBert)
        {
            Add(("dim", encoder.HiddenSize), ("n_layers", encoder.LayerCount), ("n_heads", encoder.HeadCount), ("hidden_dim", encoder.IntermediateSize),
                ("activation", activation), ("dropout", encoder.HiddenDropout), ("attention_dropout", encoder.AttentionDropout));
            if (config.ClassifierDropout is { } dropout) json["seq_classif_dropout"] = dropout;
        }
        else
        {
            Add(("hidden_size", encoder.HiddenSize), ("num_hidden_layers", encoder.LayerCount), ("num_attention_heads", encoder.HeadCount),
                ("intermediate_size", encoder.IntermediateSize), ("hidden_act", activation), ("hidden_dropout_prob", encoder.HiddenDropout),
                ("attention_probs_dropout_prob", encoder.AttentionDropout), ("type_vocab_size", encoder.TypeVocabSize),
                ("layer_norm_eps", encoder.LayerNormEpsilon), ("position_embedding_type", "absolute"), ("classifier_dropout", config.ClassifierDropout));
        }
        if (encoder.PrunedHeads.Count > 0)
            json["pruned_heads"] = new JsonObject(encoder.PrunedHeads.Select(p => KeyValuePair.Create(p.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)new JsonArray([.. p.Value.Select(head => (JsonNode?)head)]))));
        if (config.Labels is { } labels)
        {
            json["id2label"] = new JsonObject(labels.Select((label, id) => KeyValuePair.Create(id.ToString(CultureInfo.InvariantCulture), (JsonNode?)JsonValue.Create(label))));
            var ids = new JsonObject();
            for (int id = 0; id < labels.Count; id++) ids[labels[id]] = id;
            json["label2id"] = ids;
        }
        if (problemType is not null) json["problem_type"] = problemType;
        return json.ToJsonString(Indented) + "\n";

        void Add(params ReadOnlySpan<(string Name, JsonNode? Value)> values)
        {
            foreach ((string name, JsonNode? value) in values) json[name] = value;
        }
    }

    private static CheckpointConfig Parse(string path, JsonObject json)
    {
        string? type = json["model_type"]?.GetValue<string>();
        if (type is null || !s_families.TryGetValue(type, out TextEncoderFamily family))
            throw new InvalidDataException($"'{path}' has model_type '{type ?? "(none)"}'; expected one of {string.Join(", ", s_families.Keys)}.");
        if (json["position_embedding_type"]?.GetValue<string>() is { } positions and not "absolute")
            throw new InvalidDataException($"'{path}' has position_embedding_type '{positions}'; expected 'absolute', the only kind supported.");
        bool distil = family == TextEncoderFamily.DistilBert;
        int hidden = Integer(distil ? "dim" : "hidden_size", 768);
        var encoder = new TextEncoderConfig
        {
            Family = family,
            VocabSize = Integer("vocab_size", null),
            HiddenSize = hidden,
            LayerCount = Integer(distil ? "n_layers" : "num_hidden_layers", distil ? 6 : 12),
            HeadCount = Integer(distil ? "n_heads" : "num_attention_heads", 12),
            PrunedHeads = PrunedHeads(path, json),
            IntermediateSize = Integer(distil ? "hidden_dim" : "intermediate_size", 3072),
            Activation = ActivationOf(path, json[distil ? "activation" : "hidden_act"]?.GetValue<string>() ?? "gelu"),
            HiddenDropout = Number(distil ? "dropout" : "hidden_dropout_prob", 0.1),
            AttentionDropout = Number(distil ? "attention_dropout" : "attention_probs_dropout_prob", 0.1),
            MaxPositions = Integer("max_position_embeddings", 512),
            TypeVocabSize = distil ? 0 : Integer("type_vocab_size", 2),
            InitializerRange = Number("initializer_range", 0.02),
            LayerNormEpsilon = Number("layer_norm_eps", 1e-12),
            PadTokenId = Integer("pad_token_id", family == TextEncoderFamily.Roberta ? 1 : 0),
            HasPooler = family == TextEncoderFamily.Bert,
        };
        CheckNetwork(path, encoder.Validate);
        double? dropout = json[distil ? "seq_classif_dropout" : "classifier_dropout"]?.GetValue<double>();
        return new CheckpointConfig(encoder) { Labels = Labels(path, json), ClassifierDropout = dropout };

        int Integer(string name, int? missing) => json[name]?.GetValue<int>() ?? missing ?? throw new InvalidDataException($"'{path}' has no '{name}'; expected a whole number.");
        double Number(string name, double missing) => json[name]?.GetValue<double>() ?? missing;
    }

    private static IReadOnlyDictionary<int, IReadOnlyList<int>> PrunedHeads(string path, JsonObject json)
    {
        if (json["pruned_heads"] is not JsonObject { Count: > 0 } pruned) return ReadOnlyDictionary<int, IReadOnlyList<int>>.Empty;
        var heads = new Dictionary<int, IReadOnlyList<int>>();
        foreach ((string key, JsonNode? value) in pruned)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int layer) || value is not JsonArray numbers)
                throw new InvalidDataException($"'{path}' has '{key}' in pruned_heads; expected layers with lists of heads, as {{ \"0\": [2, 3] }}.");
            heads[layer] = [.. numbers.Select(number => number is JsonValue found && found.TryGetValue(out int head)
                ? head
                : throw new InvalidDataException($"'{path}' has {number?.ToJsonString() ?? "null"} among the heads of layer {layer} in pruned_heads; expected whole numbers."))];
        }
        return heads;
    }

    private static IReadOnlyList<string>? Labels(string path, JsonObject json)
    {
        if (json["id2label"] is not JsonObject named)
            return json["num_labels"]?.GetValue<int>() is { } count ? [.. Enumerable.Range(0, count).Select(i => $"LABEL_{i}")] : null;
        var labels = new string[named.Count];
        foreach ((string key, JsonNode? value) in named)
        {
            if (!int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id >= labels.Length || labels[id] is not null)
                throw new InvalidDataException($"'{path}' has id2label key '{key}' among {labels.Length}; expected each of 0 to {labels.Length - 1} once.");
            labels[id] = value?.GetValue<string>() ?? "";
        }
        return labels;
    }
}
