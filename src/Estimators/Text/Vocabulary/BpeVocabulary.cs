using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.Tokenizers;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>A byte-level BPE vocabulary. Entries spell bytes as GPT-2 does: a space is <c>U+0120</c>.</summary>
public sealed class BpeVocabulary
{
    private static readonly JsonSerializerOptions s_compact = new(TokenizerFiles.Indented) { WriteIndented = false };

    internal BpeVocabulary(string[] entries, string[] merges, string[] specialTokens)
    {
        (Entries, Merges, SpecialTokens) = (entries, merges, specialTokens);
        Tokenizer = ByteLevelBpe.CreateTokenizer(Ids(), merges);
    }

    /// <summary>Entries by id.</summary>
    public IReadOnlyList<string> Entries { get; }

    /// <summary>What is merged, the first first: left part, space, right part.</summary>
    public IReadOnlyList<string> Merges { get; }

    /// <summary>The first entries.</summary>
    public IReadOnlyList<string> SpecialTokens { get; }

    /// <summary>Cuts texts with this vocabulary, and makes texts of ids. A special token in a text is text, as for GPT-2's own encoder.</summary>
    public BpeTokenizer Tokenizer { get; }

    /// <summary>Writes <c>vocab.json</c>, <c>merges.txt</c> and <c>tokenizer_config.json</c>, which Hugging Face's libraries, Microsoft.ML.Tokenizers' <c>BpeTokenizer</c> and, with RoBERTa's special tokens, <c>SequenceTokenizer.Load</c> read. A file that is there is replaced once the new one is complete.</summary>
    /// <param name="directory">Made where it is not there.</param>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public void Save(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        TokenizerFiles.Write(directory, TokenizerFiles.BpeMerges, "#version: 0.2\n" + string.Concat(Merges.Select(merge => merge + "\n")));
        TokenizerFiles.Write(directory, TokenizerFiles.BpeVocabulary, JsonSerializer.Serialize(Ids(), s_compact));
        TokenizerFiles.Write(directory, TokenizerFiles.Config, Config().ToJsonString(TokenizerFiles.Indented) + "\n");
    }

    private JsonObject Config()
    {
        if (BpeTrainerOptions.RobertaSpecialTokens.All(SpecialTokens.Contains)) return new JsonObject { ["tokenizer_class"] = "RobertaTokenizer", ["add_prefix_space"] = false };
        string? end = SpecialTokens.Count > 0 ? SpecialTokens[0] : null;
        return new JsonObject
        {
            ["tokenizer_class"] = "GPT2Tokenizer",
            ["add_prefix_space"] = false,
            ["bos_token"] = end,
            ["eos_token"] = end,
            ["unk_token"] = end,
        };
    }

    private Dictionary<string, int> Ids()
    {
        var ids = new Dictionary<string, int>(Entries.Count, StringComparer.Ordinal);
        for (int id = 0; id < Entries.Count; id++) ids.Add(Entries[id], id);
        return ids;
    }
}
