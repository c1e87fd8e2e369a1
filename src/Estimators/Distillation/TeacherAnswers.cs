using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace MLNet.Pretrain.Distillation;

/// <summary>A teacher's answer to each row of a token store, on disk: a teacher is asked once, however many epochs there are.</summary>
internal sealed class TeacherAnswers : IDisposable
{
    private const string FileName = "answers.bin";

    private readonly TemporaryFolder _folder;
    private readonly MappedFile _file;

    private readonly AnswerKind _kind;

    private TeacherAnswers(TemporaryFolder folder, int width, AnswerKind kind, long count, string fingerprint)
    {
        (_folder, Width, _kind, Count, Fingerprint) = (folder, width, kind, count, fingerprint);
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
        if (_kind == AnswerKind.Numbers)
        {
            _file.Read<float>(row * Width, Width).CopyTo(destination);
            return;
        }
        int before = ScaleHalves(_kind);
        ReadOnlySpan<Half> stored = _file.Read<Half>(row * (Width + before), Width + before);
        TensorPrimitives.ConvertToSingle(stored[before..], destination);
        if (before > 0) TensorPrimitives.Multiply(destination, MemoryMarshal.Read<float>(MemoryMarshal.AsBytes(stored)), destination);
    }

    /// <summary>The answer to a row, where answers are numbers.</summary>
    public double Number(long row) => _file.Read<float>(row, 1)[0];

    public void Dispose()
    {
        _file.Dispose();
        _folder.Dispose();
    }

    // A vector's largest component stands before it, in the place of two halves.
    private static int ScaleHalves(AnswerKind kind) => kind == AnswerKind.Vectors ? sizeof(float) / sizeof(short) : 0;

    /// <summary>Appends answers, in the order of the rows.</summary>
    public sealed class Writer : IDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly FileStream _file;
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly Half[] _row;
        private readonly float[] _scaled;
        private readonly AnswerKind _kind;
        private long _count;
        private bool _completed;

        /// <param name="width">Numbers a row.</param>
        /// <param name="kind">What they are.</param>
        public Writer(int width, AnswerKind kind)
        {
            (_row, _scaled, _kind) = (new Half[width + ScaleHalves(kind)], new float[width], kind);
            _file = new FileStream(Path.Combine(_folder.Path, FileName), FileMode.CreateNew, FileAccess.Write, FileShare.Read, 1 << 20);
        }

        public void Append(ReadOnlySpan<float> row)
        {
            if (_kind == AnswerKind.Shares) TensorPrimitives.ConvertToHalf(row, _row);
            else if (_kind == AnswerKind.Vectors) Scale(row);
            ReadOnlySpan<byte> bytes = _kind == AnswerKind.Numbers ? MemoryMarshal.AsBytes(row) : MemoryMarshal.AsBytes(_row.AsSpan());
            _file.Write(bytes);
            _hash.AppendData(bytes);
            _count++;
        }

        public TeacherAnswers Complete()
        {
            _file.Dispose();
            var answers = new TeacherAnswers(_folder, _scaled.Length, _kind, _count, Convert.ToHexStringLower(_hash.GetHashAndReset().AsSpan(0, 16)));
            _completed = true;
            return answers;
        }

        public void Dispose()
        {
            _file.Dispose();
            _hash.Dispose();
            if (!_completed) _folder.Dispose();
        }

        // Whatever their unit, the components are at most 1: none overflows.
        private void Scale(ReadOnlySpan<float> row)
        {
            float largest = TensorPrimitives.MaxMagnitude(row);
            float scale = largest == 0 ? 1 : Math.Abs(largest);
            MemoryMarshal.Write(MemoryMarshal.AsBytes(_row.AsSpan()), scale);
            TensorPrimitives.Divide(row, scale, _scaled);
            TensorPrimitives.ConvertToHalf(_scaled, _row.AsSpan(ScaleHalves(_kind)));
        }
    }
}
