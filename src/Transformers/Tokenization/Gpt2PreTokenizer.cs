using Microsoft.ML.Tokenizers;

namespace MLNet.Pretrain.Tokenization;

/// <summary><see cref="Gpt2Splitter"/> where Microsoft.ML.Tokenizers wants it.</summary>
internal sealed class Gpt2PreTokenizer : PreTokenizer
{
    public override IEnumerable<(int Offset, int Length)> PreTokenize(string text)
    {
        for (int start = 0; start < text.Length;)
        {
            int end = Gpt2Splitter.End(text, start);
            yield return (start, end - start);
            start = end;
        }
    }

    // A span does not outlive this call, so its pieces are found at once.
    public override IEnumerable<(int Offset, int Length)> PreTokenize(ReadOnlySpan<char> text)
    {
        var pieces = new List<(int, int)>();
        for (int start = 0; start < text.Length;)
        {
            int end = Gpt2Splitter.End(text, start);
            pieces.Add((start, end - start));
            start = end;
        }
        return pieces;
    }
}
