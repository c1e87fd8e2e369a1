namespace MLNet.Pretrain.Text;

/// <summary>Reads a stream by lines, by words and by bytes, in turns.</summary>
internal sealed class ByteLineReader(Stream stream)
{
    private byte[] _buffer = new byte[1 << 16];
    private int _start, _end;
    private bool _streamEnded;

    /// <summary>Lines read so far.</summary>
    public long LineNumber { get; private set; }

    public bool AtEnd => _start == _end && !Fill();

    /// <summary>Passes over the mark that some editors put before UTF-8.</summary>
    public void SkipByteOrderMark()
    {
        while (_end - _start < 3 && Fill()) ;
        if (_buffer.AsSpan(_start, _end - _start).StartsWith("\uFEFF"u8)) _start += 3;
    }

    /// <summary>The next line without its end, valid until the next call.</summary>
    public ReadOnlySpan<byte> ReadLine()
    {
        int length = LengthTo((byte)'\n', 0, int.MaxValue);
        ReadOnlySpan<byte> line = _buffer.AsSpan(_start, length);
        _start = Math.Min(_end, _start + length + 1);
        LineNumber++;
        return line;
    }

    /// <summary>A line ahead without reading it: 0 the next, 1 the one behind it.</summary>
    /// <param name="skip">Lines passed over.</param>
    /// <param name="limit">At most this much of each line, for files that may have no lines.</param>
    public ReadOnlySpan<byte> PeekLine(int skip, int limit)
    {
        int offset = 0;
        for (int i = 0; i < skip; i++) offset += LengthTo((byte)'\n', offset, limit) + 1;
        int length = LengthTo((byte)'\n', offset, limit);
        return _start + offset >= _end ? [] : _buffer.AsSpan(_start + offset, length);
    }

    /// <summary>The bytes up to a separator, which is passed over; at most <paramref name="limit"/> of them.</summary>
    public ReadOnlySpan<byte> ReadUntil(byte separator, int limit)
    {
        int length = LengthTo(separator, 0, limit);
        ReadOnlySpan<byte> found = _buffer.AsSpan(_start, length);
        _start = Math.Min(_end, _start + length + 1);
        return found;
    }

    /// <summary>Fills <paramref name="target"/>; false where the stream ends before.</summary>
    public bool TryRead(Span<byte> target)
    {
        while (target.Length > 0)
        {
            if (AtEnd) return false;
            int count = Math.Min(target.Length, _end - _start);
            _buffer.AsSpan(_start, count).CopyTo(target);
            _start += count;
            target = target[count..];
        }
        return true;
    }

    // Bytes from the start of what is unread, plus an offset, to the separator, the limit or the stream's end.
    private int LengthTo(byte separator, int offset, int limit)
    {
        int searched = 0;
        while (true)
        {
            int available = _end - _start - offset;
            if (available > searched)
            {
                int found = _buffer.AsSpan(_start + offset + searched, available - searched).IndexOf(separator);
                if (found >= 0) return Math.Min(limit, searched + found);
                searched = available;
            }
            if (searched >= limit) return limit;
            if (!Fill()) return Math.Max(0, _end - _start - offset);
        }
    }

    private bool Fill()
    {
        if (_streamEnded) return false;
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
        }
        if (_end == _buffer.Length)
        {
            if (_buffer.Length == Array.MaxLength) throw new InvalidDataException($"Line {LineNumber + 1} is longer than {Array.MaxLength} bytes; expected a word and its numbers a line.");
            Array.Resize(ref _buffer, (int)Math.Min(Array.MaxLength, _buffer.Length * 2L));
        }
        int read = stream.Read(_buffer, _end, _buffer.Length - _end);
        _end += read;
        _streamEnded = read == 0;
        return read > 0;
    }
}
