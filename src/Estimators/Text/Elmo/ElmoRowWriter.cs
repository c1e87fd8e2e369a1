using System.Runtime.InteropServices;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Cuts texts, given word by word, into rows for <c>PretrainElmo</c>. Texts without words are left out. See <see cref="ElmoRow"/>: rows of one text share a word.</summary>
/// <param name="forms">Words have numbers below this.</param>
/// <param name="maxLength">Words of a row, the text's beginning and end included.</param>
/// <param name="counts">Counts how often each word of the output layer is foreseen; null = nobody asks.</param>
internal sealed class ElmoRowWriter(int forms, int maxLength, long[]? counts) : IDisposable
{
    private readonly TokenStoreWriter _writer = new(new TokenStoreFormat(forms, LanguageModelWords.Begin, false, LabelKind.Class));
    private readonly List<int> _row = [LanguageModelWords.Begin];
    private bool _isFirst = true;

    public void Add(int word)
    {
        if (_row.Count == maxLength)
        {
            Append();
            _row.RemoveRange(0, _row.Count - 1);
            _isFirst = false;
        }
        _row.Add(word);
    }

    public void EndText()
    {
        if (!_isFirst || _row.Count > 1)
        {
            Add(LanguageModelWords.End);
            Append();
        }
        _row.Clear();
        _row.Add(LanguageModelWords.Begin);
        _isFirst = true;
    }

    public TokenStore Complete() => _writer.Complete();

    public void Dispose() => _writer.Dispose();

    private void Append()
    {
        ReadOnlySpan<int> ids = CollectionsMarshal.AsSpan(_row);
        _writer.Append(ids, ids.Length, 0);
        for (int i = 1; i < ids.Length; i++)
        {
            Count(ids[i]);       // forward
            Count(ids[i - 1]);   // backward
        }
    }

    private void Count(int id)
    {
        if (counts is not null) counts[id < counts.Length ? id : LanguageModelWords.Unknown]++;
    }
}
