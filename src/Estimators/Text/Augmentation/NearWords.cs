using System.Collections.Concurrent;

namespace MLNet.Pretrain.Text;

/// <summary>The words nearest to a word, looked for once for each word. Thread safe.</summary>
/// <param name="vectors">Of the words.</param>
/// <param name="count">The most words wanted.</param>
internal sealed class NearWords(WordVectors vectors, int count)
{
    private readonly ConcurrentDictionary<string, string[]> _known = new(StringComparer.Ordinal);

    /// <summary>Nearest first; none where the word has no vector.</summary>
    public IReadOnlyList<string> Of(ReadOnlySpan<char> word) => _known.GetOrAdd(word.ToString(), Find);

    private string[] Find(string word)
    {
        int row = vectors.Find(word);
        if (row >= 0) return [.. vectors.Nearest([row], [], count, vectors.Count).Select(near => Text(near.Row))];
        // Of its characters' n-grams, where the vectors know these.
        float[] vector = new float[vectors.VectorSize];
        return vectors.TryGetVector(word, vector) ? [.. vectors.MostSimilar(vector, count).Select(near => Text(near.Word))] : [];
    }

    // A phrase is learnt with a joint between its words.
    private string Text(int row) => Text(vectors.Words[row]);

    private static string Text(string word) => word.Replace(WordList.Joint, ' ');
}
