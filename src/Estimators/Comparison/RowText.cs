namespace MLNet.Pretrain.Comparison;

/// <summary>A text of a test row.</summary>
/// <param name="Column">Its column.</param>
/// <param name="Text">Its first characters, as many as <see cref="ErrorOptions.TextLength"/> says.</param>
/// <param name="IsCut">Whether the text goes on.</param>
public sealed record RowText(string Column, string Text, bool IsCut)
{
    internal static RowText Of(string column, ReadOnlySpan<char> text, int length)
    {
        if (text.Length <= length) return new(column, text.ToString(), false);
        // Not between the halves of one character.
        if (length > 1 && char.IsHighSurrogate(text[length - 1])) length--;
        return new(column, text[..length].ToString(), true);
    }
}
