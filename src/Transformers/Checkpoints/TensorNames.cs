using System.Globalization;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>Our parameter names and Hugging Face's, one table a family. Several names on their side are stacked by rows on ours.</summary>
internal sealed class TensorNames : ITensorNames
{
    private const string LayerMark = "{i}", SpanHead = "qa_outputs";

    private static readonly (string Ours, string[] Theirs)[] s_bert =
    [
        ("embeddings.word.weight", ["embeddings.word_embeddings.weight"]),
        ("embeddings.position.weight", ["embeddings.position_embeddings.weight"]),
        ("embeddings.token_type.weight", ["embeddings.token_type_embeddings.weight"]),
        ("embeddings.norm", ["embeddings.LayerNorm"]),
        ("layers.{i}.attention.qkv", ["encoder.layer.{i}.attention.self.query", "encoder.layer.{i}.attention.self.key", "encoder.layer.{i}.attention.self.value"]),
        ("layers.{i}.attention.output", ["encoder.layer.{i}.attention.output.dense"]),
        ("layers.{i}.attention.norm", ["encoder.layer.{i}.attention.output.LayerNorm"]),
        ("layers.{i}.intermediate", ["encoder.layer.{i}.intermediate.dense"]),
        ("layers.{i}.output", ["encoder.layer.{i}.output.dense"]),
        ("layers.{i}.norm", ["encoder.layer.{i}.output.LayerNorm"]),
        ("pooler", ["pooler.dense"]),
    ];

    private static readonly (string Ours, string[] Theirs)[] s_distilBert =
    [
        ("embeddings.word.weight", ["embeddings.word_embeddings.weight"]),
        ("embeddings.position.weight", ["embeddings.position_embeddings.weight"]),
        ("embeddings.norm", ["embeddings.LayerNorm"]),
        ("layers.{i}.attention.qkv", ["transformer.layer.{i}.attention.q_lin", "transformer.layer.{i}.attention.k_lin", "transformer.layer.{i}.attention.v_lin"]),
        ("layers.{i}.attention.output", ["transformer.layer.{i}.attention.out_lin"]),
        ("layers.{i}.attention.norm", ["transformer.layer.{i}.sa_layer_norm"]),
        ("layers.{i}.intermediate", ["transformer.layer.{i}.ffn.lin1"]),
        ("layers.{i}.output", ["transformer.layer.{i}.ffn.lin2"]),
        ("layers.{i}.norm", ["transformer.layer.{i}.output_layer_norm"]),
    ];

    private static readonly (string Ours, string Theirs)[] s_classifier =
        [("classifier", "classifier"), ("pre_classifier", "pre_classifier"), ("dense", "classifier.dense"), ("out_proj", "classifier.out_proj")];

    // Of taggers and of what points at spans; the field's weights are named as in pytorch-crf.
    private static readonly (string Ours, string Theirs)[] s_placeHeads =
    [
        (SpanHead, SpanHead), ("crf.start_transitions", "crf.start_transitions"), ("crf.end_transitions", "crf.end_transitions"), ("crf.transitions", "crf.transitions"),
    ];

    private static readonly (string Ours, string Theirs)[] s_bertPretraining =
    [
        ("mlm.transform", "cls.predictions.transform.dense"), ("mlm.norm", "cls.predictions.transform.LayerNorm"), ("mlm.bias", "cls.predictions.bias"), ("nsp.linear", "cls.seq_relationship"),
    ];

    private static readonly (string Ours, string Theirs)[] s_distilBertPretraining =
        [("mlm.transform", "vocab_transform"), ("mlm.norm", "vocab_layer_norm"), ("mlm.bias", "vocab_projector.bias")];

    private static readonly (string Ours, string Theirs)[] s_robertaPretraining =
        [("mlm.transform", "lm_head.dense"), ("mlm.norm", "lm_head.layer_norm"), ("mlm.bias", "lm_head.bias")];

    // Of other tasks, or derived: read by nothing of ours and missed by nobody.
    private static readonly string[] s_others =
        ["cls.", "lm_head.", "vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "classifier.", "pre_classifier.", "qa_outputs.", "crf.", "pooler.", "embeddings.position_ids", "embeddings.token_type_ids"];

    private readonly Dictionary<string, string[]> _theirs = new(StringComparer.Ordinal);
    private readonly string _prefix;

    public TensorNames(TextEncoderConfig config)
    {
        _prefix = config.Family switch
        {
            TextEncoderFamily.DistilBert => "distilbert.",
            TextEncoderFamily.Roberta => "roberta.",
            _ => "bert.",
        };
        foreach ((string ours, string[] theirs) in config.Family == TextEncoderFamily.DistilBert ? s_distilBert : s_bert)
        {
            int layers = ours.Contains(LayerMark, StringComparison.Ordinal) ? config.LayerCount : 1;
            for (int i = 0; i < layers; i++)
            {
                string layer = i.ToString(CultureInfo.InvariantCulture);
                Add(ours.Replace(LayerMark, layer, StringComparison.Ordinal), [.. theirs.Select(t => t.Replace(LayerMark, layer, StringComparison.Ordinal))]);
            }
        }
        (string Ours, string Theirs)[] pretraining = config.Family switch
        {
            TextEncoderFamily.DistilBert => s_distilBertPretraining,
            TextEncoderFamily.Roberta => s_robertaPretraining,
            _ => s_bertPretraining,
        };
        foreach ((string ours, string theirs) in s_classifier.Concat(s_placeHeads).Concat(pretraining)) Add(ours, [theirs]);
    }

    /// <summary>Hugging Face's names of a parameter, without the family's prefix.</summary>
    public string[] TheirsOf(string parameter) => _theirs.TryGetValue(EncoderName(parameter), out string[]? names)
        ? names
        : throw new ArgumentException($"Parameter '{parameter}' has no name in Hugging Face's layout; expected one of an encoder, a classifier of texts, words or spans, or the pretraining heads.");

    /// <summary>Whether the parameter is a classifier's and not the encoder's.</summary>
    public static bool IsClassifier(string parameter) => s_classifier.Any(head => parameter.StartsWith(head.Ours + ".", StringComparison.Ordinal));

    /// <summary>Whether the parameter is of the head that points at spans.</summary>
    public static bool IsSpanHead(string parameter) => parameter.StartsWith(SpanHead + ".", StringComparison.Ordinal);

    /// <summary>Whether the parameter is of the head that names hidden words.</summary>
    public static bool IsMaskedLanguageModel(string parameter) => parameter.StartsWith("mlm.", StringComparison.Ordinal);

    /// <summary>Whether the parameter is of the head that says which text follows which.</summary>
    public static bool IsNextSentence(string parameter) => parameter.StartsWith("nsp.", StringComparison.Ordinal);

    /// <summary>The name as a classifier's checkpoint has it: encoders under the family's prefix.</summary>
    public string WithPrefix(string parameter, string theirs) => parameter == EncoderName(parameter) ? theirs : _prefix + theirs;

    /// <summary>A name of a file without prefix, with today's names of the norms.</summary>
    public string Normalise(string theirs)
    {
        string name = theirs.StartsWith(_prefix, StringComparison.Ordinal) ? theirs[_prefix.Length..] : theirs;
        if (name.EndsWith(".gamma", StringComparison.Ordinal)) return name[..^".gamma".Length] + ".weight";
        return name.EndsWith(".beta", StringComparison.Ordinal) ? name[..^".beta".Length] + ".bias" : name;
    }

    public bool IsTransposed(string parameter) => false;

    public bool IsIgnored(string normalised) => s_others.Any(prefix => normalised.StartsWith(prefix, StringComparison.Ordinal));

    private static string EncoderName(string parameter) => parameter.StartsWith("encoder.", StringComparison.Ordinal) ? parameter["encoder.".Length..] : parameter;

    private void Add(string ours, string[] theirs)
    {
        if (ours.EndsWith(".weight", StringComparison.Ordinal) || ours.EndsWith(".bias", StringComparison.Ordinal) || ours.StartsWith("crf.", StringComparison.Ordinal))
        {
            _theirs[ours] = theirs;
            return;
        }
        foreach (string part in (string[])[".weight", ".bias"]) _theirs[ours + part] = [.. theirs.Select(name => name + part)];
    }
}
