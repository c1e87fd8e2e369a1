using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Some texts as numbers of their different words, and their division into batches of rows of about equal length. Reused from window to window.</summary>
internal sealed class ElmoTexts(int maxCharacters, int maxRowLength, int tokensPerBatch)
{
    private const int Begin = 0, End = 1, FirstWord = 2;
    private const int WordsAtOnce = 1024;

    private readonly List<int> _places = [];
    private readonly List<int> _starts = [0];
    private WordTable _words = new();

    /// <summary>One forward pass. Tensors are on the device and die with the call.</summary>
    /// <param name="rows">Which part of which text each row is.</param>
    /// <param name="words">[B, T, P]: the words' vectors without context.</param>
    /// <param name="attentionMask">[B, T] bool, true = real; null where nothing is padded.</param>
    public delegate void Forward(ReadOnlySpan<Row> rows, Tensor words, Tensor? attentionMask);

    /// <summary>Texts added.</summary>
    public int Count => _starts.Count - 1;

    /// <summary>Words of a text.</summary>
    public int WordCount(int text) => _starts[text + 1] - _starts[text] - 2;

    public void Clear()
    {
        _places.Clear();
        _starts.RemoveRange(1, _starts.Count - 1);
        _words = new WordTable();
    }

    public void Add(WordList words)
    {
        _places.Add(Begin);
        for (int i = 0; i < words.Count; i++) _places.Add(_words.FindOrAdd(words[i]) + FirstWord);
        _places.Add(End);
        _starts.Add(_places.Count);
    }

    /// <summary>The output layer's number of what stands at a place of a text, by the words that it foresees.</summary>
    public int OutputId(LanguageModelWords outputs, Row row, int at) => _places[_starts[row.Text] + row.First + at] switch
    {
        Begin => LanguageModelWords.Begin,
        End => LanguageModelWords.End,
        var word => outputs.IdOf(_words[word - FirstWord]),
    };

    /// <summary>Runs <paramref name="forward"/> over the rows of all texts that have a word, each in exactly one batch.</summary>
    public void ForEachBatch(Elmo network, Device device, Forward forward)
    {
        Row[] rows = [.. Enumerable.Range(0, Count).Where(text => WordCount(text) > 0)
            .SelectMany(text => ElmoRow.Cut(WordCount(text) + 2, maxRowLength).Select(part => new Row(text, part.First, part.Length)))];
        if (rows.Length == 0) return;
        Array.Sort(rows, (a, b) => a.Length != b.Length ? b.Length - a.Length : a.Text != b.Text ? a.Text - b.Text : a.First - b.First);
        Tensor vectors = Vectors(network, device);
        for (int first = 0; first < rows.Length;)
        {
            int length = rows[first].Length, end = first + 1;
            while (end < rows.Length && (end - first + 1) * length <= tokensPerBatch) end++;
            Run(rows.AsSpan(first, end - first), length, vectors, forward);
            first = end;
        }
    }

    // [W, P]: each different word goes through the character network once.
    private Tensor Vectors(Elmo network, Device device)
    {
        using var scope = NewDisposeScope();
        int count = _words.Count + FirstWord;
        var parts = new List<Tensor>();
        short[] ids = new short[Math.Min(count, WordsAtOnce) * maxCharacters];
        for (int first = 0; first < count; first += WordsAtOnce)
        {
            int words = Math.Min(WordsAtOnce, count - first);
            for (int i = 0; i < words; i++) Characters(first + i, ids.AsSpan(i * maxCharacters, maxCharacters));
            using var part = NewDisposeScope();
            Tensor characters = tensor(ids.AsSpan(0, words * maxCharacters).ToArray()).view(words, maxCharacters).to(int64).to(device);
            parts.Add(network.WordVectors(characters).MoveToOuterDisposeScope());
        }
        return (parts.Count == 1 ? parts[0] : cat(parts, 0)).MoveToOuterDisposeScope();
    }

    private void Characters(int id, Span<short> ids)
    {
        if (id == Begin) ElmoCharacters.WriteBegin(ids);
        else if (id == End) ElmoCharacters.WriteEnd(ids);
        else ElmoCharacters.Write(_words[id - FirstWord], ids);
    }

    private void Run(ReadOnlySpan<Row> rows, int length, Tensor vectors, Forward forward)
    {
        using var scope = NewDisposeScope();
        bool padded = rows[^1].Length < length;
        long[] ids = new long[rows.Length * length];
        bool[] real = new bool[padded ? ids.Length : 0];
        ReadOnlySpan<int> places = CollectionsMarshal.AsSpan(_places);
        for (int row = 0; row < rows.Length; row++)
        {
            ReadOnlySpan<int> from = places.Slice(_starts[rows[row].Text] + rows[row].First, rows[row].Length);
            for (int i = 0; i < from.Length; i++) ids[row * length + i] = from[i];
            if (padded) real.AsSpan(row * length, from.Length).Fill(true);
        }
        Tensor words = vectors.index_select(0, tensor(ids).to(vectors.device)).view(rows.Length, length, -1);
        forward(rows, words, padded ? tensor(real).view(rows.Length, length).to(vectors.device) : null);
    }

    /// <summary>A part of a text.</summary>
    /// <param name="Text">Number of the text.</param>
    /// <param name="First">Place where it begins; 0 = the text's beginning, i = word i.</param>
    /// <param name="Length">Places, 2 or more.</param>
    public readonly record struct Row(int Text, int First, int Length);
}
