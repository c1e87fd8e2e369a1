using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>NumPy's array files, for arrays that no tensor library is needed for: <c>numpy.load</c> opens them.</summary>
internal static partial class NpyFile
{
    private static readonly byte[] s_magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 1, 0];

    /// <summary>Writes a matrix row by row, or, with 0 columns, a list.</summary>
    public static void Write<T>(string path, ReadOnlySpan<T> values, int columns = 0) where T : unmanaged
    {
        string shape = columns == 0 ? $"({values.Length},)" : $"({values.Length / columns}, {columns})";
        string header = string.Create(CultureInfo.InvariantCulture, $"{{'descr': '{Descr<T>()}', 'fortran_order': False, 'shape': {shape}, }}");
        int length = (s_magic.Length + 2 + header.Length + 1 + 63) / 64 * 64 - s_magic.Length - 2;
        using FileStream stream = File.Create(path);
        stream.Write(s_magic);
        stream.Write(BitConverter.GetBytes((ushort)length));
        stream.Write(Encoding.ASCII.GetBytes(header.PadRight(length - 1) + "\n"));
        const int Chunk = 1 << 20;
        for (int done = 0; done < values.Length; done += Chunk) stream.Write(MemoryMarshal.AsBytes(values[done..Math.Min(values.Length, done + Chunk)]));
    }

    /// <summary>Reads a file that <see cref="Write"/> made.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">0 for a list.</param>
    /// <exception cref="InvalidDataException">It is of another kind, or cut short.</exception>
    public static T[] Read<T>(string path, out int columns) where T : unmanaged
    {
        using FileStream stream = File.OpenRead(path);
        byte[] start = new byte[s_magic.Length + 2];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.AsSpan(0, s_magic.Length).SequenceEqual(s_magic)) throw Invalid(path, "it does not begin as one");
        byte[] header = new byte[BitConverter.ToUInt16(start, s_magic.Length)];
        if (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length) throw Invalid(path, "its header is cut short");
        string text = Encoding.ASCII.GetString(header);
        Match shape = Shape().Match(text);
        if (!shape.Success || !text.Contains($"'{Descr<T>()}'") || !text.Contains("'fortran_order': False")) throw Invalid(path, $"its header is {text.Trim()}, expected {Descr<T>()} row by row");
        int rows = int.Parse(shape.Groups[1].Value, CultureInfo.InvariantCulture);
        columns = shape.Groups[2].Success ? int.Parse(shape.Groups[2].Value, CultureInfo.InvariantCulture) : 0;
        T[] values = GC.AllocateUninitializedArray<T>(checked(rows * Math.Max(columns, 1)));
        const int Chunk = 1 << 20;
        for (int done = 0; done < values.Length; done += Chunk)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(values.AsSpan(done, Math.Min(Chunk, values.Length - done)));
            if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) throw Invalid(path, "it is cut short");
        }
        return values;
    }

    private static string Descr<T>() => typeof(T) == typeof(float) ? "<f4" : typeof(T) == typeof(int) ? "<i4" : typeof(T) == typeof(long) ? "<i8" : throw new NotSupportedException($"Arrays of {typeof(T).Name} are not written.");

    private static InvalidDataException Invalid(string path, string how) => new($"'{path}' is no NumPy array file that can be read here: {how}.");

    [GeneratedRegex(@"'shape': \((\d+),(?: (\d+))?\)")]
    private static partial Regex Shape();
}
