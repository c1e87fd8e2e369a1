using System.Text;

namespace MLNet.Pretrain.Text;

/// <summary>Character n-grams of a word, hashed as fastText hashes them (Bojanowski et al. 2017).</summary>
internal sealed record SubwordHasher(int MinN, int MaxN, int BucketCount)
{
    /// <summary>The bucket of each n-gram of <c>&lt;word&gt;</c>, shortest first at each place; single word ends are no n-grams.</summary>
    public List<int> Buckets(ReadOnlySpan<char> word)
    {
        byte[] text = new byte[Encoding.UTF8.GetMaxByteCount(word.Length) + 2];
        text[0] = (byte)'<';
        int length = Encoding.UTF8.GetBytes(word, text.AsSpan(1)) + 1;
        text[length++] = (byte)'>';
        List<int> buckets = [];
        for (int start = 0; start < length; start++)
        {
            if (IsContinuation(text[start])) continue;
            uint hash = 2166136261;
            for (int end = start, n = 1; end < length && n <= MaxN; n++)
            {
                // FNV-1a over signed bytes, as the reference does on x86.
                do hash = (hash ^ (uint)(sbyte)text[end++]) * 16777619;
                while (end < length && IsContinuation(text[end]));
                bool isWordEnd = n == 1 && (start == 0 || end == length);
                if (n >= MinN && !isWordEnd) buckets.Add((int)(hash % (uint)BucketCount));
            }
        }
        return buckets;
    }

    private static bool IsContinuation(byte b) => (b & 0xC0) == 0x80;
}
