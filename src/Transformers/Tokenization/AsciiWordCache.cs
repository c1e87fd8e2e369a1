using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace MLNet.Pretrain.Tokenization;

/// <summary>
/// The short road for most of real text: ASCII punctuation, and words of up to 15 ASCII letters and digits that were seen before, with their pieces.
/// A word is scanned, lower-cased and made a key in one vector step. Not thread safe: one a reader.
/// </summary>
internal sealed class AsciiWordCache
{
    private const int SlotBits = 14;
    private const int MaxWord = 15;
    private const int MaxPieces = 3;

    private readonly Entry[] _entries = new Entry[1 << SlotBits];
    private readonly int[] _punctuationIds;
    private readonly bool _lowerCase;

    /// <param name="punctuationIds">Id of each ASCII punctuation mark; -1 for what is none, or may begin a special token.</param>
    /// <param name="lowerCase">Whether words are lower-cased.</param>
    public AsciiWordCache(int[] punctuationIds, bool lowerCase) => (_punctuationIds, _lowerCase) = (punctuationIds, lowerCase);

    /// <summary>Appends tokens until it meets what it does not know, the limit, or the end.</summary>
    /// <returns>Where the text goes on.</returns>
    public int Append(ReadOnlySpan<char> text, int position, int limit, EncodedText destination)
    {
        int done = position;
        while (position < text.Length && destination.Length < limit)
        {
            char c = text[position];
            if (c is ' ' or '\t' or '\n' or '\r')
            {
                position++;
                continue;
            }
            if (c >= 128) break;
            if (_punctuationIds[c] >= 0)
            {
                destination.Add(_punctuationIds[c], new TokenOffset(position, 1));
                done = ++position;
                continue;
            }
            int length = Scan(text[position..], out Vector128<byte> word);
            if (length is 0 or > MaxWord || !EndsWord(text, position + length)) break;
            ref readonly Entry entry = ref _entries[Slot(word)];
            if (entry.Word != word || destination.Length + entry.Count > limit) break;
            destination.Add(entry.First, new TokenOffset(position, entry.FirstLength));
            if (entry.Count > 1)
            {
                destination.Add(entry.Second, new TokenOffset(position + entry.FirstLength, entry.SecondLength));
                if (entry.Count > 2) destination.Add(entry.Third, new TokenOffset(position + entry.FirstLength + entry.SecondLength, length - entry.FirstLength - entry.SecondLength));
            }
            done = position += length;
        }
        return done;
    }

    /// <summary>Remembers the pieces of a word that has just been appended the long way; words it cannot hold are left alone.</summary>
    /// <param name="word">As normalised.</param>
    /// <param name="encoded">Whose last tokens are its pieces.</param>
    /// <param name="first">The first of them.</param>
    public void Learn(ReadOnlySpan<char> word, EncodedText encoded, int first)
    {
        int count = encoded.Length - first;
        if (word.Length > MaxWord || count is 0 or > MaxPieces || Scan(word, out Vector128<byte> key) != word.Length) return;
        ReadOnlySpan<int> ids = encoded.Ids[first..];
        ReadOnlySpan<TokenOffset> offsets = encoded.Offsets[first..];
        _entries[Slot(key)] = new Entry
        {
            Word = key,
            Count = (byte)count,
            First = ids[0],
            FirstLength = (byte)offsets[0].Length,
            Second = count > 1 ? ids[1] : 0,
            SecondLength = (byte)(count > 1 ? offsets[1].Length : 0),
            Third = count > 2 ? ids[2] : 0,
        };
    }

    /// <summary>Length of the ASCII letters and digits that the text starts with, 16 where there may be more, and up to 15 of them as bytes.</summary>
    private int Scan(ReadOnlySpan<char> text, out Vector128<byte> word)
    {
        Vector256<ushort> c;
        if (text.Length >= Vector256<ushort>.Count) c = Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(text)));
        else
        {
            Span<char> padded = stackalloc char[Vector256<ushort>.Count];
            padded.Clear();
            text.CopyTo(padded);
            c = Vector256.LoadUnsafe(ref Unsafe.As<char, ushort>(ref MemoryMarshal.GetReference(padded)));
        }
        Vector256<ushort> lower = c | Vector256.Create((ushort)0x20);
        Vector256<ushort> letter = Vector256.LessThanOrEqual(lower - Vector256.Create((ushort)'a'), Vector256.Create((ushort)('z' - 'a')));
        Vector256<ushort> digit = Vector256.LessThanOrEqual(c - Vector256.Create((ushort)'0'), Vector256.Create((ushort)9));
        int length = BitOperations.TrailingZeroCount((~(letter | digit)).ExtractMostSignificantBits() | (1u << 16));
        Vector256<ushort> value = _lowerCase ? Vector256.ConditionalSelect(letter, lower, c) : c;
        Vector128<byte> keep = Vector128.LoadUnsafe(in MemoryMarshal.GetReference(Keep), (nuint)(16 - length));
        word = Vector128.Narrow(value.GetLower(), value.GetUpper()) & keep;
        return length;
    }

    private static ReadOnlySpan<byte> Keep =>
        [255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    // Other characters may belong to the word: accents, letters beyond ASCII, control characters that are dropped.
    private static bool EndsWord(ReadOnlySpan<char> text, int end) => end == text.Length || text[end] is >= ' ' and < '\x7f' or '\t' or '\n' or '\r';

    private static int Slot(Vector128<byte> word)
    {
        Vector128<ulong> halves = word.AsUInt64();
        ulong hash = (halves.GetElement(0) ^ BitOperations.RotateLeft(halves.GetElement(1) * 0xC2B2AE3D27D4EB4F, 31)) * 0x9E3779B97F4A7C15;
        return (int)(hash >> (64 - SlotBits));
    }

    private struct Entry
    {
        public Vector128<byte> Word;
        public int First, Second, Third;
        public byte Count, FirstLength, SecondLength;
    }
}
