using System.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Turns tokens, one at a time, into text that will not change any more: the first bytes of a character wait for the last ones, and what may be the
/// beginning of a stop string waits until it is seen to be none.
/// </summary>
internal sealed class TokenTextStream(GptTokenizer tokenizer, IReadOnlyList<string> stopStrings)
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly StringBuilder _held = new();

    /// <summary>Whether a stop string came; there is no more text then.</summary>
    public bool Stopped { get; private set; }

    /// <summary>Takes a token; returns the text that is now certain.</summary>
    public string Append(int id) => Take(tokenizer.BytesOf(id), false);

    /// <summary>The rest, once there are no more tokens.</summary>
    public string Complete()
    {
        if (Stopped) return "";
        string text = Take([], true);
        if (Stopped) return text;
        text += _held.ToString();
        _held.Clear();
        return text;
    }

    private string Take(ReadOnlySpan<byte> bytes, bool flush)
    {
        if (Stopped) return "";
        char[] chars = new char[Encoding.UTF8.GetMaxCharCount(bytes.Length + 3)];   // up to three bytes wait in the decoder
        int count = _decoder.GetChars(bytes, chars, flush);
        _held.Append(chars, 0, count);
        if (stopStrings.Count == 0) return Release(_held.Length);

        string held = _held.ToString();
        // The stop string that is complete first ends the text: what comes out does not depend on how it came in.
        (int end, int start) = (int.MaxValue, 0);
        foreach (string stop in stopStrings)
        {
            int at = held.IndexOf(stop, StringComparison.Ordinal);
            if (at >= 0 && (at + stop.Length, at).CompareTo((end, start)) < 0) (end, start) = (at + stop.Length, at);
        }
        if (end != int.MaxValue)
        {
            Stopped = true;
            return held[..start];
        }
        return Release(held.Length - stopStrings.Max(stop => Begun(held, stop)));
    }

    private string Release(int count)
    {
        string text = _held.ToString(0, count);
        _held.Remove(0, count);
        return text;
    }

    // Characters at the end that may be the beginning of a stop string.
    private static int Begun(string held, string stop)
    {
        for (int length = Math.Min(held.Length, stop.Length - 1); length > 0; length--)
            if (held.AsSpan(held.Length - length).SequenceEqual(stop.AsSpan(0, length))) return length;
        return 0;
    }
}
