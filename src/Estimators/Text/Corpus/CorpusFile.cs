using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace MLNet.Pretrain.Text;

/// <summary>
/// A corpus as word numbers in a temporary file, with a mark behind each row. Read piece by piece, from any number of threads, by plain
/// reads: what the system caches of it does not count as this process's memory.
/// </summary>
internal sealed class CorpusFile : IDisposable
{
    /// <summary>Stands behind the words of a row.</summary>
    public const int RowEnd = -1;

    /// <summary>Stands for a word that was left out, where its neighbours must not become each other's.</summary>
    public const int Unknown = -2;

    private const int PieceWords = 1 << 16;

    private readonly SafeFileHandle _file;
    private readonly int[] _pending = new int[PieceWords];
    private int _pendingCount;

    public CorpusFile()
    {
        string path = Path.Combine(Path.GetTempPath(), $"mlnet-pretrain-{Guid.NewGuid():N}.ids");
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
    }

    /// <summary>Numbers in the file, row ends included.</summary>
    public long Length { get; private set; }

    public void Append(int word)
    {
        _pending[_pendingCount++] = word;
        if (_pendingCount == PieceWords) Flush();
    }

    /// <summary>Writes what was appended. Needed before reading.</summary>
    public void Flush()
    {
        Write(Length, _pending.AsSpan(0, _pendingCount));
        Length += _pendingCount;
        _pendingCount = 0;
    }

    /// <summary>Reads as many numbers as there are from a position on, up to the size of <paramref name="words"/>.</summary>
    public int Read(long position, Span<int> words)
    {
        int count = (int)Math.Min(words.Length, Length - position);
        Span<byte> bytes = MemoryMarshal.AsBytes(words[..count]);
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(_file, bytes[done..], position * sizeof(int) + done);
            if (read == 0) throw new EndOfStreamException("The temporary corpus file is shorter than what was written to it; is another program changing the temporary folder?");
            done += read;
        }
        return count;
    }

    /// <summary>Every number from the first to the last, a piece at a time.</summary>
    public void ForEachPiece(PieceReader read)
    {
        int[] piece = new int[PieceWords];
        for (long position = 0; position < Length;)
        {
            int count = Read(position, piece);
            read(piece.AsSpan(0, count));
            position += count;
        }
    }

    /// <summary>Replaces the content by what <paramref name="rewrite"/> leaves of each piece: at most as many numbers, in place.</summary>
    public void Rewrite(PieceWriter rewrite)
    {
        long written = 0;
        ForEachPiece(piece =>
        {
            int kept = rewrite(piece);
            Write(written, piece[..kept]);
            written += kept;
        });
        Length = written;
    }

    public void Dispose() => _file.Dispose();

    public delegate void PieceReader(Span<int> words);

    /// <returns>How many numbers from the start of <paramref name="words"/> on are kept.</returns>
    public delegate int PieceWriter(Span<int> words);

    private void Write(long position, ReadOnlySpan<int> words) => RandomAccess.Write(_file, MemoryMarshal.AsBytes(words), position * sizeof(int));
}
