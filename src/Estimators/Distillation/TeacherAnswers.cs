using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNet.Pretrain.Distillation;

/// <summary>A teacher's answer to each row of a token store, on disk: a teacher is asked once, however many epochs there are. Logarithms and shares of classes are in half precision, numbers, whose unit is not known, in single.</summary>
internal sealed class TeacherAnswers : IDisposable
{
    private const string FileName = "answers.bin";

    private readonly TemporaryFolder _folder;
    private readonly MappedFile _file;

    private readonly bool _areNumbers;

    private TeacherAnswers(TemporaryFolder folder, int width, bool areNumbers, long count, string fingerprint)
    {
        (_folder, Width, _areNumbers, Count, Fingerprint) = (folder, width, areNumbers, count, fingerprint);
        _file = new MappedFile(Path.Combine(folder.Path, FileName));
        if (!OperatingSystem.IsWindows()) folder.Dispose();   // as a token store does
    }

    /// <summary>Numbers a row.</summary>
    public int Width { get; }

    public long Count { get; }

    /// <summary>A hash of all of them.</summary>
    public string Fingerprint { get; }

    /// <summary>The answers to some rows: [rows, Width], on the processor.</summary>
    public Tensor Read(IReadOnlyList<long> rows)
    {
        Tensor result = empty([rows.Count, Width], float32);
        Span<float> values = MemoryMarshal.Cast<byte, float>(result.bytes);
        for (int i = 0; i < rows.Count; i++) Read(rows[i], values.Slice(i * Width, Width));
        return result;
    }

    /// <summary>The answer to a row.</summary>
    public void Read(long row, Span<float> destination)
    {
        if (_areNumbers) _file.Read<float>(row * Width, Width).CopyTo(destination);
        else TensorPrimitives.ConvertToSingle(_file.Read<Half>(row * Width, Width), destination);
    }

    /// <summary>The answer to a row, where answers are numbers.</summary>
    public double Number(long row) => _file.Read<float>(row, 1)[0];

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    /// <summary>Appends answers, in the order of the rows.</summary>
    public sealed class Writer : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly FileStream _file;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly Half[] _row;
        private readonly bool _areNumbers;
        private long _count;
        private bool _completed;

        /// <param name="width">Numbers a row.</param>
        /// <param name="areNumbers">Whether they are in a unit that is not known.</param>
        public Writer(int width, bool areNumbers)
        {
            (_row, _areNumbers) = (new Half[width], areNumbers);
            _file = new FileStream(Path.Combine(_folder.Path, FileName), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);
        }

        public void Append(ReadOnlySpan<float> row)
        {
            if (!_areNumbers) TensorPrimitives.ConvertToHalf(row, _row);
            ReadOnlySpan<byte> bytes = _areNumbers ? MemoryMarshal.AsBytes(row) : MemoryMarshal.AsBytes(_row.AsSpan());
            _file.Write(bytes);
            _hash.AppendData(bytes);
            _count++;
        }

        public TeacherAnswers Complete()
        {
            _file.Dispose();
            var answers = new TeacherAnswers(_folder, _row.Length, _areNumbers, _count, Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, 16)));
            _completed = true;
            return answers;
        }

        public void Dispose()
        {
            _file.Dispose();
            _hash.Dispose();
            if (!_completed) _folder.Dispose();
        }
    }
}
