namespace MLNet.Pretrain.Text;

/// <summary>How text is continued. The defaults take the likeliest token every time.</summary>
public sealed record GenerationOptions
{
    /// <summary>The most tokens made; default 64, 1 or more. Generation ends before at the end of the document or a stop string.</summary>
    public int MaxNewTokens { get; init; } = 64;

    /// <summary>Scores are divided by this before a token is drawn; default 0: nothing is drawn, the likeliest token comes, whatever <see cref="TopK"/> and <see cref="TopP"/>. 1 = the network's own probabilities; below, safer; above, wilder.</summary>
    public double Temperature { get; init; }

    /// <summary>Draws among this many likeliest tokens (Fan et al. 2018); default 0: all; else 1 or more.</summary>
    public int TopK { get; init; }

    /// <summary>Draws among the fewest likeliest tokens that have this probability together (Holtzman et al. 2020), after <see cref="TopK"/>; default 1: all; in (0, 1].</summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// Divides the score of each token that the context or the text so far has (Keskar et al. 2019, who use 1.2); default 1: nothing; above 0. A negative
    /// score is multiplied instead, which the paper leaves open: divided, the token would become likelier.
    /// </summary>
    public double RepetitionPenalty { get; init; } = 1;

    /// <summary>Text that ends generation; it is not part of the result. Default none.</summary>
    public IReadOnlyList<string> StopStrings { get; init; } = [];

    /// <summary>Decides what is drawn: equal seeds give equal texts. Prompt i of a batch has a generator of its own, made from this and i. Default null: another one each time.</summary>
    public int? Seed { get; init; }

    /// <summary>Prompts of about one length that are continued together; default 16, 1 or more. More is faster and takes more memory.</summary>
    public int PromptsPerBatch { get; init; } = 16;

    /// <summary>Ends generation within a token, with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken CancellationToken { get; init; }

    internal void Validate()
    {
        Check(MaxNewTokens >= 1, nameof(MaxNewTokens), MaxNewTokens, "1 or more");
        Check(Temperature >= 0 && double.IsFinite(Temperature), nameof(Temperature), Temperature, "0 (the likeliest token) or more");
        Check(TopK >= 0, nameof(TopK), TopK, "0 (all tokens) or more");
        Check(TopP is > 0 and <= 1, nameof(TopP), TopP, "a number in (0, 1]");
        Check(RepetitionPenalty > 0 && double.IsFinite(RepetitionPenalty), nameof(RepetitionPenalty), RepetitionPenalty, "a number above 0; 1 turns it off");
        Check(StopStrings is not null && StopStrings.All(s => !string.IsNullOrEmpty(s)), nameof(StopStrings), "without text", "strings of a character or more");
        Check(PromptsPerBatch >= 1, nameof(PromptsPerBatch), PromptsPerBatch, "1 or more");

        static void Check(bool valid, string name, object found, string expected)
        {
            if (!valid) throw new ArgumentException(FormattableString.Invariant($"GenerationOptions.{name} is {found}; expected {expected}."));
        }
    }
}
