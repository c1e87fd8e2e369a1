namespace MLNet.Pretrain.Text;

/// <summary>How new texts are made of given ones: words replaced as for TinyBERT (Jiao et al. 2020, section 4 and algorithm 1), words hidden and texts cut as by Tang et al. 2019.</summary>
public sealed record TextAugmentationOptions
{
    /// <summary>Proposes words in place of those that are one token in its vocabulary, each from its context without it; default null: nobody does. A fitted <c>EncodeText</c> or <c>PretrainBert</c> that can <see cref="TextEncoderTransformer.FillMask"/>. Its device, precision, MaxLength and TokensPerBatch count; it stays the caller's.</summary>
    public TextEncoderTransformer? LanguageModel { get; init; }

    /// <summary>Words near to a word take its place, where it is several tokens for the language model or there is none; default null: such words stay. Words without a vector stay as well.</summary>
    public WordVectorSource? Vectors { get; init; }

    /// <summary>New texts made of each text; default 10, 1 or more; TinyBERT took 10 to 30. Those that come out like their text or like each other are left out, so short texts give fewer.</summary>
    public int Copies { get; init; } = 10;

    /// <summary>Chance of each word to be replaced, in each copy; default 0.4, in [0, 1].</summary>
    public double ReplacementProbability { get; init; } = 0.4;

    /// <summary>Words that one of is drawn from, all alike: the language model's likeliest, or the nearest; default 15, 1 or more. The word itself is never among them, so 1 takes the best other one. Fewer keep closer to the text.</summary>
    public int Candidates { get; init; } = 15;

    /// <summary>Chance of each word to give way to the language model's mask token, <c>[MASK]</c> without one (Tang et al. 2019: 0.1); default 0, in [0, 1] and with <see cref="ReplacementProbability"/> at most 1.</summary>
    public double MaskProbability { get; init; }

    /// <summary>Chance of each copy to be cut to one to five successive words of it (Tang et al. 2019: 0.25); default 0, in [0, 1].</summary>
    public double NgramProbability { get; init; }

    /// <summary>Whether each text comes itself as well, before its copies; default true.</summary>
    public bool KeepOriginals { get; init; } = true;

    /// <summary>Decides everything random; default null: drawn from the MLContext.</summary>
    public int? Seed { get; init; }

    internal void Validate(string owner)
    {
        Check(Copies >= 1, nameof(Copies), Copies, "1 or more");
        Check(Candidates >= 1, nameof(Candidates), Candidates, "1 or more");
        Check(ReplacementProbability is >= 0 and <= 1, nameof(ReplacementProbability), ReplacementProbability, "a number in [0, 1]");
        Check(MaskProbability is >= 0 and <= 1, nameof(MaskProbability), MaskProbability, "a number in [0, 1]");
        Check(NgramProbability is >= 0 and <= 1, nameof(NgramProbability), NgramProbability, "a number in [0, 1]");
        if (ReplacementProbability + MaskProbability > 1)
            throw new ArgumentException(FormattableString.Invariant($"{owner}: ReplacementProbability is {ReplacementProbability} and MaskProbability {MaskProbability}; expected 1 at most together, for a word is replaced or hidden."));
        if (ReplacementProbability > 0 && LanguageModel is null && Vectors is null)
            throw new ArgumentException(FormattableString.Invariant($"{owner}: ReplacementProbability is {ReplacementProbability}, but nothing proposes words; give a LanguageModel, Vectors or both, or set it to 0."));
        if (ReplacementProbability + MaskProbability + NgramProbability == 0)
            throw new ArgumentException($"{owner}: ReplacementProbability, MaskProbability and NgramProbability are all 0; expected one above it, else all copies are like their texts.");
        if (ReplacementProbability == 0 && Vectors is not null)
            throw new ArgumentException($"{owner}: Vectors is set, but ReplacementProbability is 0; expected more than 0, or no Vectors: no word is replaced.");
        if (ReplacementProbability + MaskProbability == 0 && LanguageModel is not null)
            throw new ArgumentException($"{owner}: LanguageModel is set, but ReplacementProbability and MaskProbability are 0; expected one above it, or no LanguageModel: no word is replaced or hidden.");
        if (ReplacementProbability > 0 && LanguageModel is { HasMaskedLanguageModel: false })
            throw new ArgumentException($"{owner}: LanguageModel has no masked-language-model head: its checkpoint holds none, or fine-tuning dropped it. Give one that has (cls.predictions, lm_head or vocab_transform), or make one with PretrainBert.");

        void Check<T>(bool isGood, string name, T value, string expected)
        {
            if (!isGood) throw new ArgumentException(FormattableString.Invariant($"{owner}: {name} is {value}; expected {expected}."));
        }
    }
}
