namespace MLNet.Pretrain.Text;

/// <summary>Divides text into sentences by line ends and closing punctuation. A rule of thumb: an abbreviation before a capital letter ends a sentence, too, which pretraining does not mind.</summary>
internal static class SentenceSplitter
{
    /// <summary>Sentences in their order, without the white space around them; none is empty.</summary>
    public static IEnumerable<Range> Split(string text)
    {
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            if (!Ends(text, i)) continue;
            if (Trimmed(text, start, i + 1) is { } sentence) yield return sentence;
            start = i + 1;
        }
        if (Trimmed(text, start, text.Length) is { } last) yield return last;
    }

    private static bool Ends(string text, int at)
    {
        char c = text[at];
        if (c is '\n' or '\r' or '\u3002' or '\uFF01' or '\uFF1F') return true;   // line ends and the CJK marks
        if (!char.IsWhiteSpace(c) || at == 0 || at + 1 >= text.Length) return false;
        int mark = at - 1;
        while (mark > 0 && text[mark] is '"' or '\'' or ')' or ']' or '\u201D' or '\u2019') mark--;
        if (text[mark] is not ('.' or '!' or '?' or '\u2026')) return false;
        // Behind the first of several spaces the others follow, which belong to no sentence.
        int next = at + 1;
        while (next < text.Length && char.IsWhiteSpace(text[next])) next++;
        return next < text.Length && !char.IsLower(text[next]);
    }

    private static Range? Trimmed(string text, int start, int end)
    {
        while (start < end && char.IsWhiteSpace(text[start])) start++;
        while (end > start && char.IsWhiteSpace(text[end - 1])) end--;
        return end > start ? start..end : null;
    }
}
