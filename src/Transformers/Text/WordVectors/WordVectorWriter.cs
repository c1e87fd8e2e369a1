using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text;
using MLNet.Pretrain.Checkpoints;

namespace MLNet.Pretrain.Text;

/// <summary>Writes word vectors in the formats that other libraries read.</summary>
internal static class WordVectorWriter
{
    public static void Write(WordVectors vectors, string path, WordVectorFormat format)
    {
        if (!Enum.IsDefined(format)) throw new ArgumentException($"The format is {format}; expected one of {string.Join(", ", Enum.GetNames<WordVectorFormat>())}.");
        for (int row = 0; row < vectors.Count; row++) CheckWord(vectors.Vocabulary.Words[row]);
        AtomicFile.Write(path, stream =>
        {
            if (format != WordVectorFormat.GloVe) stream.Write(Encoding.ASCII.GetBytes(FormattableString.Invariant($"{vectors.Count} {vectors.VectorSize}\n")));
            byte[] line = new byte[Encoding.UTF8.GetMaxByteCount(WordSplitting.MaxWordLength) + vectors.VectorSize * 16 + 2];
            for (int row = 0; row < vectors.Count; row++)
                stream.Write(format == WordVectorFormat.Binary ? Binary(vectors, row, ref line) : Text(vectors, row, ref line));
        });
    }

    private static ReadOnlySpan<byte> Binary(WordVectors vectors, int row, ref byte[] line)
    {
        int length = Word(vectors, row, ref line);
        line[length++] = (byte)' ';
        ReadOnlySpan<byte> values = MemoryMarshal.AsBytes(vectors.Row(row));
        values.CopyTo(line.AsSpan(length));
        length += values.Length;
        line[length++] = (byte)'\n';
        return line.AsSpan(0, length);
    }

    private static ReadOnlySpan<byte> Text(WordVectors vectors, int row, ref byte[] line)
    {
        int length = Word(vectors, row, ref line);
        foreach (float value in vectors.Row(row))
        {
            line[length++] = (byte)' ';
            Utf8Formatter.TryFormat(value, line.AsSpan(length), out int written);   // the shortest that reads back as the same number
            length += written;
        }
        line[length++] = (byte)'\n';
        return line.AsSpan(0, length);
    }

    private static int Word(WordVectors vectors, int row, ref byte[] line)
    {
        ReadOnlySpan<char> word = vectors.Vocabulary.Words[row];
        int needed = Encoding.UTF8.GetMaxByteCount(word.Length) + vectors.VectorSize * 16 + 2;
        if (needed > line.Length) line = new byte[needed];
        return Encoding.UTF8.GetBytes(word, line);
    }

    private static void CheckWord(ReadOnlySpan<char> word)
    {
        // What readers split by; other white space, such as the space that does not break, is part of words.
        if (word.ContainsAny(" \t\r\n"))
            throw new InvalidOperationException($"The word '{word}' holds white space, which separates words and numbers in this format. Save the pipeline with MLContext.Model.Save instead, or join the parts of such words with underscores before training.");
    }
}
