namespace MLNet.Pretrain.Metrics;

/// <summary>Tags of a row's tokens to entities and back.</summary>
public static class TagSequence
{
    /// <summary>The entities of a row, in their order.</summary>
    /// <param name="tags">One tag a token; none give no entities.</param>
    /// <param name="scheme">The tags' scheme.</param>
    /// <param name="reading">What becomes of tags that do not follow on one another.</param>
    /// <param name="row">Number of the row, for the message of an error.</param>
    /// <exception cref="FormatException">A tag is none of the scheme or, with <see cref="TagReading.WellFormed"/>, does not follow on the one before.</exception>
    public static IReadOnlyList<TagSpan> ToSpans(IReadOnlyList<string> tags, TagScheme scheme, TagReading reading = TagReading.Lenient, long? row = null)
    {
        ArgumentNullException.ThrowIfNull(tags);
        CheckScheme(scheme);
        if (!Enum.IsDefined(reading)) throw new ArgumentOutOfRangeException(nameof(reading), reading, "Expected a value of TagReading.");
        List<TagSpan> spans = [];
        Tag before = Tag.Outside;
        int? first = null;
        for (int i = 0; i <= tags.Count; i++)
        {
            Tag tag = i < tags.Count ? Read(tags[i], i, scheme, row) : Tag.Outside;
            if (reading == TagReading.WellFormed && !tag.MayFollow(before, scheme)) throw DoesNotFollow(tag, before, i, tags.Count, scheme, row);
            if (first is not null && tag.Continues(before))
            {
                before = tag;
                continue;
            }
            if (first is { } start && (scheme == TagScheme.Bio || before.IsLast || reading == TagReading.Lenient)) spans.Add(new(before.Type, start, i - start));
            first = tag.IsFirst || (reading == TagReading.Lenient && !tag.IsOutside) ? i : null;
            before = tag;
        }
        return spans;
    }

    /// <summary>The tags of a row.</summary>
    /// <param name="spans">Its entities, in any order; none may share a token.</param>
    /// <param name="tokenCount">Tokens of the row.</param>
    /// <param name="scheme">The scheme to write.</param>
    /// <exception cref="ArgumentException">An entity has no type or no tokens, lies outside the row, or shares a token with another.</exception>
    public static string[] FromSpans(IEnumerable<TagSpan> spans, int tokenCount, TagScheme scheme)
    {
        ArgumentNullException.ThrowIfNull(spans);
        ArgumentOutOfRangeException.ThrowIfNegative(tokenCount);
        CheckScheme(scheme);
        var tags = new string?[tokenCount];
        foreach (TagSpan span in spans)
        {
            (string type, int first, int count) = span;
            if (string.IsNullOrEmpty(type) || first < 0 || count < 1 || first > tokenCount - count)
                throw new ArgumentException($"{span} is no entity of a row of {tokenCount} tokens; expected a type, and one token or more inside the row.");
            for (int i = first; i < first + count; i++)
            {
                if (tags[i] is not null) throw new ArgumentException($"{span} shares token {i} with another entity; tags can only say one entity a token.");
                bool last = scheme == TagScheme.Bioes && i == first + count - 1;
                char prefix = i == first ? (last ? 'S' : 'B') : (last ? 'E' : 'I');
                tags[i] = $"{prefix}-{type}";
            }
        }
        return [.. tags.Select(tag => tag ?? "O")];
    }

    /// <summary>The same entities in another scheme. From BIO to BIO, read leniently, it makes IOB1 and malformed tags well-formed.</summary>
    /// <param name="tags">One tag a token.</param>
    /// <param name="from">Their scheme.</param>
    /// <param name="to">The scheme to write.</param>
    /// <param name="reading">What becomes of tags that do not follow on one another.</param>
    /// <param name="row">Number of the row, for the message of an error.</param>
    /// <exception cref="FormatException">A tag is none of the scheme or, with <see cref="TagReading.WellFormed"/>, does not follow on the one before.</exception>
    public static string[] Convert(IReadOnlyList<string> tags, TagScheme from, TagScheme to, TagReading reading = TagReading.Lenient, long? row = null) =>
        FromSpans(ToSpans(tags, from, reading, row), tags.Count, to);

    internal static void CheckScheme(TagScheme scheme)
    {
        if (!Enum.IsDefined(scheme)) throw new ArgumentOutOfRangeException(nameof(scheme), scheme, "Expected TagScheme.Bio or TagScheme.Bioes.");
    }

    /// <summary>Where a tag stands, as messages say it.</summary>
    internal static string Place(int token, long? row) => row is null ? $"Token {token}" : $"Row {row}, token {token}";

    private static Tag Read(string? text, int token, TagScheme scheme, long? row) => Tag.Parse(text, scheme)
        ?? throw new FormatException($"{Place(token, row)} has the tag '{text}'; expected {Tag.Expected(scheme)}.");

    private static FormatException DoesNotFollow(Tag tag, Tag before, int token, int tokenCount, TagScheme scheme, long? row)
    {
        string found = token == tokenCount ? $"{Place(token - 1, row)}, the last, has the tag '{before}'"
            : token == 0 ? $"{Place(token, row)}, the first, has the tag '{tag}'"
            : $"{Place(token, row)} has the tag '{tag}' after '{before}'";
        string expected = scheme == TagScheme.Bio ? $"B-{tag.Type}"
            : before.Prefix is not ('B' or 'I') ? $"B-{tag.Type} or S-{tag.Type}"
            : token < tokenCount ? $"I-{before.Type} or E-{before.Type}"
            : before.Prefix == 'B' ? $"S-{before.Type}" : $"E-{before.Type}";
        return new FormatException($"{found}; expected {expected} there. TagReading.Lenient reads such tags as the CoNLL scorer does, and TagSequence.Convert then mends them.");
    }
}
