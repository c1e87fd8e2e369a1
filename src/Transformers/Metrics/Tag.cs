namespace MLNet.Pretrain.Metrics;

/// <summary>A tag in its two parts; <c>O</c> has no type.</summary>
internal readonly record struct Tag(char Prefix, string Type)
{
    public static readonly Tag Outside = new('O', "");

    public bool IsOutside => Prefix == 'O';

    /// <summary>Whether it says that an entity starts here.</summary>
    public bool IsFirst => Prefix is 'B' or 'S';

    /// <summary>Whether it says that an entity ends here; a BIO tag never does.</summary>
    public bool IsLast => Prefix is 'E' or 'S';

    /// <summary>A tag, or null where the text is none of the scheme. Types may hold hyphens: B-work-of-art.</summary>
    public static Tag? Parse(string? text, TagScheme scheme) => text switch
    {
        "O" => Outside,
        ['B' or 'I', '-', _, ..] => new(text[0], text[2..]),
        ['E' or 'S', '-', _, ..] when scheme == TagScheme.Bioes => new(text[0], text[2..]),
        _ => null,
    };

    public static string Expected(TagScheme scheme) => scheme == TagScheme.Bio ? "O, B-<type> or I-<type>" : "O, B-<type>, I-<type>, E-<type> or S-<type>";

    /// <summary>Whether this tag goes on with the entity of the tag before it.</summary>
    public bool Continues(Tag before) => Prefix is 'I' or 'E' && before.Prefix is 'B' or 'I' && Type == before.Type;

    /// <summary>Whether the scheme allows this tag after another; before the first token and after the last one stands <see cref="Outside"/>.</summary>
    public bool MayFollow(Tag before, TagScheme scheme) => Prefix is 'I' or 'E'
        ? Continues(before)
        : scheme == TagScheme.Bio || before.IsOutside || before.IsLast;

    public override string ToString() => IsOutside ? "O" : $"{Prefix}-{Type}";
}
