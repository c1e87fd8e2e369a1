using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>Words numbered from 0 in the order of their first appearance, found from characters without making strings. Many may read at once.</summary>
internal sealed class WordTable
{
    private readonly List<(int Start, int Length)> _words = [];
    private char[] _characters = new char[1024];
    private (uint Hash, int Id)[] _slots = new (uint, int)[1024];   // Id + 1; 0 = free
    private int _length;

    public int Count => _words.Count;

    public ReadOnlySpan<char> this[int id]
    {
        get
        {
            (int start, int length) = _words[id];
            return _characters.AsSpan(start, length);
        }
    }

    /// <summary>Forgets all words and keeps the memory.</summary>
    public void Clear()
    {
        _words.Clear();
        Array.Clear(_slots);
        _length = 0;
    }

    /// <summary>The word's number; -1 where it is not known.</summary>
    public int Find(ReadOnlySpan<char> word)
    {
        uint hash = Hash(word);
        int slot = SlotOf(word, hash);
        return _slots[slot].Id - 1;
    }

    /// <summary>The word's number; a new word gets the next.</summary>
    public int FindOrAdd(ReadOnlySpan<char> word)
    {
        uint hash = Hash(word);
        int slot = SlotOf(word, hash);
        if (_slots[slot].Id > 0) return _slots[slot].Id - 1;
        if (_length > Array.MaxLength - word.Length) ThrowFull();
        if (_length + word.Length > _characters.Length) Array.Resize(ref _characters, (int)Math.Min(Array.MaxLength, Math.Max(_length + word.Length, _characters.Length * 2L)));
        word.CopyTo(_characters.AsSpan(_length));
        _words.Add((_length, word.Length));
        _length += word.Length;
        _slots[slot] = (hash, _words.Count);
        if (_words.Count * 2L > _slots.Length) Grow();
        return _words.Count - 1;
    }

    private int SlotOf(ReadOnlySpan<char> word, uint hash)
    {
        int mask = _slots.Length - 1;
        for (int slot = (int)(hash & (uint)mask); ; slot = (slot + 1) & mask)
        {
            (uint found, int id) = _slots[slot];
            if (id == 0 || (found == hash && this[id - 1].SequenceEqual(word))) return slot;
        }
    }

    private void Grow()
    {
        var slots = new (uint Hash, int Id)[_slots.Length * 2];
        int mask = slots.Length - 1;
        foreach ((uint Hash, int Id) entry in _slots)
        {
            if (entry.Id == 0) continue;
            int slot = (int)(entry.Hash & (uint)mask);
            while (slots[slot].Id != 0) slot = (slot + 1) & mask;
            slots[slot] = entry;
        }
        _slots = slots;
    }

    private static uint Hash(ReadOnlySpan<char> word)
    {
        const ulong Multiplier = 0x9E3779B97F4A7C15;
        ulong hash = (ulong)word.Length * Multiplier;
        ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(word);
        for (; bytes.Length >= 8; bytes = bytes[8..]) hash = Mix(hash ^ MemoryMarshal.Read<ulong>(bytes));
        if (bytes.Length > 0)
        {
            ulong rest = 0;
            for (int i = 0; i < bytes.Length; i += 2) rest = (rest << 16) | MemoryMarshal.Read<ushort>(bytes[i..]);
            hash = Mix(hash ^ rest);
        }
        return (uint)(hash >> 32);

        static ulong Mix(ulong value)
        {
            value *= Multiplier;
            return value ^ (value >> 29);
        }
    }

    [DoesNotReturn]
    private void ThrowFull() => throw new InvalidOperationException(
        $"{Count} different words have more than {Array.MaxLength} characters together, the most that are kept at once. Count fewer (MaxCountedWords of Word2Vec), read fewer (maxWords of WordVectors.Load), or divide texts into smaller words (Splitting).");
}
