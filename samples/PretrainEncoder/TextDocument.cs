namespace PretrainEncoder;

/// <summary>A sentence or paragraph, and the document it is of.</summary>
public sealed class TextDocument
{
    public string Document { get; set; } = "";

    public string Text { get; set; } = "";
}
