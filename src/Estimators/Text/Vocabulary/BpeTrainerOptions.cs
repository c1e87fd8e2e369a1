using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>How a byte-level BPE vocabulary is made.</summary>
public sealed record BpeTrainerOptions
{
    /// <summary>RoBERTa's special tokens, which an encoder needs: <c>&lt;s&gt; &lt;pad&gt; &lt;/s&gt; &lt;unk&gt; &lt;mask&gt;</c>.</summary>
    public static IReadOnlyList<string> RobertaSpecialTokens { get; } = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"];

    /// <summary>The most entries, special tokens and 256 bytes included; default 30,000. GPT-2 has 50,257. Fewer where the texts run out of pairs.</summary>
    public int VocabularySize { get; init; } = 30_000;

    /// <summary>A pair of pieces seen less often is not merged; default 2, 1 or more.</summary>
    public int MinPairCount { get; init; } = 2;

    /// <summary>The first entries, which no text gives; default GPT-2's <c>&lt;|endoftext|&gt;</c>. See <see cref="RobertaSpecialTokens"/>.</summary>
    public IReadOnlyList<string> SpecialTokens { get; init; } = ["<|endoftext|>"];

    /// <summary>The most different words counted at once: above it the rarer half is forgotten, which bounds memory to about 0.5 kB a word. Default 2,000,000; 1,000 or more.</summary>
    public int MaxCountedWords { get; init; } = 2_000_000;

    /// <summary>Threads that count words, beside the one that reads; default null: one a processor. The vocabulary does not depend on it.</summary>
    public int? Workers { get; init; }

    /// <summary>Ends training soon with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate()
    {
        const string Owner = nameof(BpeTrainer);
        ArgumentNullException.ThrowIfNull(SpecialTokens, nameof(SpecialTokens));
        VocabularyChecks.Counts(Owner, MinPairCount, MaxCountedWords, Workers);
        VocabularyChecks.SpecialTokens(Owner, SpecialTokens);
        foreach (string token in SpecialTokens)
        {
            if (ByteLevelAlphabet.TextOf(token) is { } text && Gpt2Splitter.End(text, 0) == text.Length)
                throw new ArgumentException($"{Owner}: the special token '{token}' is a word that texts may have; expected letters between signs, such as <|endoftext|>, which texts never give.");
        }
        int least = SpecialTokens.Count + 256;
        if (VocabularySize < least) throw new ArgumentException($"{Owner}: VocabularySize is {VocabularySize}; expected {least} or more: {SpecialTokens.Count} special tokens and 256 bytes.");
    }
}
