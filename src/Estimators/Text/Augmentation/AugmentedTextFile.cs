using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.Win32.SafeHandles;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The copies of each text of a view in a temporary file, in the order of its rows: the row's id, how many copies it has, each copy's length and characters, as they
/// are. Read from its start, by any number of readers. The file is gone when nothing reads it any more, or with the process.
/// </summary>
internal sealed class AugmentedTextFile : IDisposable
{
    private readonly SafeFileHandle _file;
    private readonly ArrayBufferWriter<byte> _pending = new(1 << 16);
    private long _length;

    public AugmentedTextFile()
    {
        string path = Path.Combine(Path.GetTempPath(), $"mlnet-pretrain-{Guid.NewGuid():N}.txt");
        _file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.Delete, FileOptions.DeleteOnClose);
        // What is open stays until it is closed, elsewhere than on Windows: so not even a killed process leaves it behind.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>Rows of the view.</summary>
    public long Rows { get; private set; }

    /// <summary>Copies of all of them.</summary>
    public long Copies { get; private set; }

    /// <summary>Appends a row's copies.</summary>
    public void Append(DataViewRowId id, IReadOnlyList<string> copies)
    {
        Write(id.Low);
        Write(id.High);
        Write(copies.Count);
        foreach (string copy in copies)
        {
            Write(copy.Length);
            _pending.Write(MemoryMarshal.AsBytes(copy.AsSpan()));
        }
        (Rows, Copies) = (Rows + 1, Copies + copies.Count);
    }

    /// <summary>Writes what was appended. Needed before reading, and now and then.</summary>
    public void Flush()
    {
        RandomAccess.Write(_file, _pending.WrittenSpan, _length);
        _length += _pending.WrittenCount;
        _pending.ResetWrittenCount();
    }

    public void Dispose() => _file.Dispose();

    private void Write<T>(T value) where T : unmanaged => _pending.Write(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value)));

    /// <summary>Reads the file once, in its order.</summary>
    public sealed class Reader(AugmentedTextFile source)
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _at, _end;
        private long _position;

        /// <summary>Goes to the next row. All copies of the present one must have been read.</summary>
        /// <returns>Its id and the number of its copies.</returns>
        public (DataViewRowId Id, int Copies) NextRow() => (new DataViewRowId(Read<ulong>(), Read<ulong>()), Read<int>());

        /// <summary>The next copy of the row.</summary>
        public string NextCopy() => string.Create(Read<int>(), this, static (text, self) => self.Fill(MemoryMarshal.AsBytes(text)));

        private T Read<T>() where T : unmanaged
        {
            T value = default;
            Fill(MemoryMarshal.AsBytes(new Span<T>(ref value)));
            return value;
        }

        private void Fill(Span<byte> bytes)
        {
            while (bytes.Length > 0)
            {
                if (_at == _end)
                {
                    (_at, _end) = (0, RandomAccess.Read(source._file, _buffer, _position));
                    _position += _end;
                    if (_end == 0) throw new EndOfStreamException("The temporary file of augmented texts is shorter than what was written to it; is another program changing the temporary folder?");
                }
                int count = Math.Min(bytes.Length, _end - _at);
                _buffer.AsSpan(_at, count).CopyTo(bytes);
                bytes = bytes[count..];
                _at += count;
            }
        }
    }
}
