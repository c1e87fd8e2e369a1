using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>GPT-2's words, each with the space before it.</summary>
internal sealed class Gpt2Words : IWordDivider
{
    public void Count(ReadOnlySpan<char> text, WordCounts counts)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = Gpt2Splitter.End(text, start);
            counts.Add(text[start..end], 1);
            start = end;
        }
    }
}
