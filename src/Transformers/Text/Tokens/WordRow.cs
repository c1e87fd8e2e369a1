using Microsoft.ML.Data;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>The words of a row in one text, with the place of each; ready-made tokens are joined by spaces. Buffers are reused from row to row.</summary>
internal sealed class WordRow
{
    private readonly List<TokenOffset> _words = [];
    private char[] _text = [];

    /// <summary>Whether the words were ready-made.</summary>
    public bool IsTokens { get; private set; }

    public int Count => _words.Count;

    /// <summary>A word as it stands.</summary>
    public ReadOnlySpan<char> this[int word] => _text.AsSpan(_words[word].Start, _words[word].Length);

    /// <summary>Takes a copy of a text and finds its words.</summary>
    public void SetText(ReadOnlySpan<char> text)
    {
        Reset(text.Length, isTokens: false);
        text.CopyTo(_text);
        TextWords.Split(text, _words);
    }

    /// <summary>Takes a copy of ready-made words, empty ones included.</summary>
    public void SetTokens(in VBuffer<ReadOnlyMemory<char>> tokens)
    {
        int length = 0;
        foreach (ReadOnlyMemory<char> token in tokens.GetValues()) length += token.Length;
        Reset(length + tokens.Length, isTokens: true);
        int at = 0;
        foreach (ReadOnlyMemory<char> token in tokens.DenseValues())
        {
            token.Span.CopyTo(_text.AsSpan(at));
            _words.Add(new(at, token.Length));
            at += token.Length;
            _text[at++] = ' ';
        }
    }

    /// <summary>Whether white space stands before a word.</summary>
    public bool FollowsSpace(int word) => _words[word].Start > 0 && char.IsWhiteSpace(_text[_words[word].Start - 1]);

    /// <summary>Some neighbouring words, with what stands between them.</summary>
    public string Cut(int first, int count)
    {
        int start = _words[first].Start;
        TokenOffset last = _words[first + count - 1];
        return new string(_text, start, last.Start + last.Length - start);
    }

    /// <summary>Where <see cref="Cut"/> stands: in characters of the text, or in tokens where they were ready-made.</summary>
    public (int Start, int Length) PlaceOf(int first, int count)
    {
        if (IsTokens) return (first, count);
        TokenOffset last = _words[first + count - 1];
        return (_words[first].Start, last.Start + last.Length - _words[first].Start);
    }

    private void Reset(int length, bool isTokens)
    {
        _words.Clear();
        IsTokens = isTokens;
        if (_text.Length < length) _text = new char[length];
    }
}
