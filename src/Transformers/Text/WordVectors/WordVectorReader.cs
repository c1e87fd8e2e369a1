using System.Buffers.Text;
using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>Reads word vectors that other libraries wrote, and says by number which line or word is broken.</summary>
internal sealed class WordVectorReader
{
    private const int MaxWordBytes = 1 << 16;
    private const int EnoughToTell = 1 << 15;

    private readonly string _path;
    private readonly ByteLineReader _file;
    private readonly int _maxWords;
    private readonly Action<string>? _warn;
    private readonly WordTable _words = new();
    private float[] _values = [];
    private int _size;
    private char[] _word = new char[256];

    private WordVectorReader(string path, ByteLineReader file, int maxWords, Action<string>? warn) => (_path, _file, _maxWords, _warn) = (path, file, maxWords, warn);

    public static WordVectors Read(string path, WordVectorFormat? format, int? maxWords, Action<string>? warn)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"The word vectors '{path}' were not found; expected a file in word2vec's text or binary format, fastText's .vec or GloVe's.", path);
        if (maxWords < 1) throw new ArgumentException($"maxWords is {maxWords}; expected null or 1 or more.");
        using Stream raw = File.OpenRead(path);
        using Stream stream = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? new GZipStream(raw, CompressionMode.Decompress) : raw;
        var reader = new WordVectorReader(path, new ByteLineReader(stream), maxWords ?? int.MaxValue, warn);
        try
        {
            return reader.Read(format);
        }
        catch (InvalidDataException e) when (e.Source == typeof(GZipStream).Assembly.GetName().Name)
        {
            throw reader.Broken($"the gzip data are damaged ({e.Message})", e);
        }
    }

    private WordVectors Read(WordVectorFormat? format)
    {
        _file.SkipByteOrderMark();
        ReadOnlySpan<byte> first = _file.PeekLine(0, EnoughToTell);
        if (first.IsEmpty && _file.AtEnd) throw Broken("it is empty; expected at least one word with its vector");
        bool header = TryHeader(first, out long count, out int size);
        format ??= !header ? WordVectorFormat.GloVe : LooksLikeText() ? WordVectorFormat.Text : WordVectorFormat.Binary;
        if (format == WordVectorFormat.GloVe)
        {
            _size = GuessSize();
            ReadLines(long.MaxValue);
            return Result();
        }
        if (!header) throw Broken($"line 1 is '{Shorten(first)}'; expected the number of words and of dimensions, such as '400000 300'. Files without such a line are read as GloVe");
        _file.ReadLine();
        _size = size;
        if (format == WordVectorFormat.Text) ReadLines(count);
        else ReadBinary(count);
        return Result();
    }

    private WordVectors Result()
    {
        if (_words.Count == 0) throw Broken("it holds no vectors; expected at least one word");
        Array.Resize(ref _values, _words.Count * _size);
        return new WordVectors(new Vocabulary(_words, []), _values, _size);
    }

    private void ReadLines(long count)
    {
        long read = 0;
        for (; _words.Count < _maxWords && !_file.AtEnd; read++)
        {
            ReadOnlySpan<byte> line = Trim(_file.ReadLine());
            if (line.IsEmpty && _file.AtEnd) break;
            if (read == count) throw Broken($"line {_file.LineNumber} follows the {count} words that line 1 announces; the first line or the end of the file is wrong");
            ParseLine(line);
        }
        if (_words.Count < _maxWords && count != long.MaxValue && read < count) throw Broken($"it ends after {read} of the {count} words that line 1 announces: it was cut short. Copy or download it again");
    }

    private void ParseLine(ReadOnlySpan<byte> line)
    {
        if (_size < 1) throw Broken($"line {_file.LineNumber} is '{Shorten(line)}'; expected a word and its numbers");
        // From the end, for a word may hold spaces (GloVe's 840B file has such). It may not end in a number, which nothing tells from a value.
        int row = Reserve(), end = line.Length;
        for (int i = _size - 1; i >= 0; i--)
        {
            int start = line[..end].LastIndexOfAny((byte)' ', (byte)'\t') + 1;
            if (start <= 0) throw Broken($"line {_file.LineNumber} has {CountFields(line) - 1} numbers; expected {_size}, as in the other lines. It is broken, or the file was cut short");
            _values[row * _size + i] = ParseNumber(line[start..end], i);
            end = start - 1;
        }
        ReadOnlySpan<byte> word = Trim(line[..Math.Max(end, 0)]);
        int last = word.LastIndexOfAny((byte)' ', (byte)'\t') + 1;
        if (last > 0 && IsNumber(word[last..])) throw Broken($"line {_file.LineNumber} has more than {_size} numbers; expected {_size}, as in the other lines. It is broken, or two lines became one");
        Add(word, $"line {_file.LineNumber}");
    }

    private float ParseNumber(ReadOnlySpan<byte> field, int index)
    {
        if (Utf8Parser.TryParse(field, out float value, out int consumed) && consumed == field.Length && float.IsFinite(value)) return value;
        string found = Shorten(field);
        string hint = found.Contains(',') ? ". Write decimal points, not commas" : "";
        throw Broken($"number {index + 1} of line {_file.LineNumber} is '{found}'; expected a finite number such as 0.25, {_size} in each line{hint}");
    }

    private void ReadBinary(long count)
    {
        if (_size > Array.MaxLength / sizeof(float)) throw Broken($"line 1 announces {_size} dimensions; expected a few hundred");
        byte[] vector = new byte[_size * sizeof(float)];
        for (long read = 0; read < count && _words.Count < _maxWords; read++)
        {
            ReadOnlySpan<byte> word = _file.ReadUntil((byte)' ', MaxWordBytes);
            if (word.Length == MaxWordBytes) throw Broken($"word {read + 1} of {count} has no end; this is no binary file of word2vec, or its dimensions are not the {_size} of line 1");
            if (word.IsEmpty && _file.AtEnd) throw CutShort(read);
            int row = Reserve();
            string name = Encoding.UTF8.GetString(word.TrimStart((byte)'\n'));
            if (!_file.TryRead(vector)) throw CutShort(read);
            Span<float> values = _values.AsSpan(row * _size, _size);
            MemoryMarshal.Cast<byte, float>(vector).CopyTo(values);
            foreach (float value in values)
                if (!float.IsFinite(value)) throw Broken($"the vector of word {read + 1}, '{name}', holds {value}; expected finite numbers. The file is damaged, or its dimensions are not the {_size} of line 1");
            Add(Encoding.UTF8.GetBytes(name), $"word {read + 1}");
        }

        InvalidDataException CutShort(long read) => Broken($"it ends within word {read + 1} of the {count} that line 1 announces: it was cut short. Copy or download it again");
    }

    // The row behind the last; only Add makes it count.
    private int Reserve()
    {
        int row = _words.Count;
        long needed = (row + 1L) * _size;
        if (needed > Array.MaxLength) throw Broken($"more than {row} words of {_size} dimensions do not fit one array; read fewer with maxWords");
        if (needed > _values.Length) Array.Resize(ref _values, (int)Math.Min(Array.MaxLength, Math.Max(needed, _values.Length * 2L)));
        return row;
    }

    private void Add(ReadOnlySpan<byte> utf8, string place)
    {
        if (utf8.Length > _word.Length) _word = new char[utf8.Length];
        ReadOnlySpan<char> word = _word.AsSpan(0, Encoding.UTF8.GetChars(utf8, _word));
        if (word.IsEmpty) throw Broken($"{place} has no word before its numbers");
        int before = _words.Count;
        if (_words.FindOrAdd(word) < before) _warn?.Invoke($"'{Path.GetFileName(_path)}', {place}: the word '{word}' was there before; its first vector is kept.");
    }

    private bool LooksLikeText()
    {
        ReadOnlySpan<byte> second = _file.PeekLine(1, EnoughToTell);
        int space = second.IndexOf((byte)' ');
        if (space < 0) return second.Length < EnoughToTell && !second.ContainsAnyInRange((byte)0, (byte)8);
        ReadOnlySpan<byte> rest = second[(space + 1)..];
        int end = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> number = Trim(end < 0 ? rest : rest[..end]);
        foreach (byte b in number)
            if (!(b is >= (byte)'+' and <= (byte)'9' or (byte)'e' or (byte)'E' or (byte)'n' or (byte)'N' or (byte)'a' or (byte)'i' or (byte)'f')) return false;
        return !number.IsEmpty;
    }

    private static bool TryHeader(ReadOnlySpan<byte> line, out long count, out int size)
    {
        string[] fields = line.Length > 64 ? [] : Encoding.ASCII.GetString(line).Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        size = 0;
        count = 0;
        return fields.Length == 2
            && long.TryParse(fields[0], NumberStyles.None, CultureInfo.InvariantCulture, out count)
            && int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out size) && size > 0;
    }

    // What most of the first lines have, for one may be broken. Of two that as many have, the smaller is of a line cut short, unless what the
    // larger counts are parts of a word.
    private int GuessSize()
    {
        const int Lines = 5;
        List<(int Size, bool Numbers)> sizes = [];
        for (int i = 0; i < Lines; i++)
        {
            ReadOnlySpan<byte> line = Trim(_file.PeekLine(i, int.MaxValue));
            if (line.IsEmpty) break;
            sizes.Add((CountFields(line) - 1, CountNumbers(line) == CountFields(line) - 1));
        }
        return sizes.Count == 0 ? 0 : sizes.GroupBy(line => line.Size)
            .OrderByDescending(group => group.Count()).ThenByDescending(group => group.All(line => line.Numbers)).ThenBy(group => group.All(line => line.Numbers) ? -group.Key : group.Key).First().Key;
    }

    // Fields from the end on that are numbers; the word in front is not asked.
    private static int CountNumbers(ReadOnlySpan<byte> line)
    {
        int numbers = 0;
        for (int start; (start = line.LastIndexOfAny((byte)' ', (byte)'\t') + 1) > 0 && IsNumber(line[start..]); line = line[..(start - 1)]) numbers++;
        return numbers;
    }

    private static bool IsNumber(ReadOnlySpan<byte> field) => Utf8Parser.TryParse(field, out float _, out int consumed) && consumed == field.Length;

    private static int CountFields(ReadOnlySpan<byte> line)
    {
        int fields = 1;
        foreach (byte b in line)
            if (b is (byte)' ' or (byte)'\t') fields++;
        return fields;
    }

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> line) => line.TrimEnd("\r \t"u8);

    private static string Shorten(ReadOnlySpan<byte> text) => text.Length <= 40 ? Encoding.UTF8.GetString(text) : Encoding.UTF8.GetString(text[..40]) + "…";

    private InvalidDataException Broken(string how, Exception? inner = null) => new($"The word vectors '{_path}' cannot be read: {how}.", inner);
}
