namespace CompareTextClassifiers;

/// <summary>One row of a task: a text and the class it belongs to.</summary>
public sealed class LabelledText
{
    public string Text { get; set; } = "";

    public string Category { get; set; } = "";
}
