using System.Text.RegularExpressions;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>GPT-2's names. Its linear layers are stored [in, out]; the mask and the tied output layer may be in a file and are not read.</summary>
internal sealed partial class GptTensorNames : ITensorNames
{
    private const string Prefix = "transformer.";

    private static readonly (string Ours, string Theirs)[] s_blockParts =
    [
        ("attention_norm", "ln_1"), ("attention.qkv", "attn.c_attn"), ("attention.output", "attn.c_proj"),
        ("feed_forward_norm", "ln_2"), ("intermediate", "mlp.c_fc"), ("output", "mlp.c_proj"),
    ];

    public string[] TheirsOf(string parameter) => parameter switch
    {
        "word.weight" => ["wte.weight"],
        "position.weight" => ["wpe.weight"],
        "norm.weight" or "norm.bias" => ["ln_f" + parameter["norm".Length..]],
        _ => [OfBlock(parameter)],
    };

    public string WithPrefix(string parameter, string theirs) => Prefix + theirs;

    public string Normalise(string theirs) => theirs.StartsWith(Prefix, StringComparison.Ordinal) ? theirs[Prefix.Length..] : theirs;

    public bool IsIgnored(string normalised) => normalised == "lm_head.weight" || Buffers().IsMatch(normalised);

    public bool IsTransposed(string parameter) => parameter.EndsWith(".weight", StringComparison.Ordinal) && s_blockParts.Any(part => !part.Ours.EndsWith("norm", StringComparison.Ordinal) && Block().Match(parameter).Groups["part"].Value == part.Ours);

    private static string OfBlock(string parameter)
    {
        Match block = Block().Match(parameter);
        string? theirs = s_blockParts.FirstOrDefault(part => part.Ours == block.Groups["part"].Value).Theirs;
        return theirs is not null
            ? $"h.{block.Groups["index"].Value}.{theirs}.{block.Groups["kind"].Value}"
            : throw new ArgumentException($"Parameter '{parameter}' has no name in GPT-2's layout; expected one of a GptDecoder.");
    }

    [GeneratedRegex(@"^blocks\.(?<index>\d+)\.(?<part>.+)\.(?<kind>weight|bias)$")]
    private static partial Regex Block();

    [GeneratedRegex(@"^h\.\d+\.attn\.(masked_)?bias$")]
    private static partial Regex Buffers();
}
