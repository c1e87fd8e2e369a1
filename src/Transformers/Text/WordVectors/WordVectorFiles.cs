using System.Globalization;
using MLNet.Pretrain.Checkpoints;

namespace MLNet.Pretrain.Text;

/// <summary>
/// The files of word vectors inside a saved model: <c>words.txt</c> beside <c>vectors.npy</c>, and where there are such, <c>counts.npy</c>,
/// <c>weights.npy</c>, <c>common.npy</c>, <c>ngram-buckets.npy</c>, <c>ngrams.npy</c>, <c>phrases-1.txt</c> and on.
/// </summary>
internal static class WordVectorFiles
{
    private const string WordsFile = "words.txt", VectorsFile = "vectors.npy", CountsFile = "counts.npy", WeightsFile = "weights.npy";
    private const string CommonFile = "common.npy", BucketsFile = "ngram-buckets.npy", NgramsFile = "ngrams.npy";

    public static void Save(string directory, WordSplitter splitter, WordPooler pooler)
    {
        WordVectors vectors = pooler.Vectors;
        WordListFile.Write(At(directory, WordsFile), vectors.Vocabulary.Words);
        NpyFile.Write(At(directory, VectorsFile), vectors.Values, vectors.VectorSize);
        if (vectors.Vocabulary.Counts.Length > 0) NpyFile.Write<long>(At(directory, CountsFile), vectors.Vocabulary.Counts);
        if (pooler.Weights is not null) NpyFile.Write<float>(At(directory, WeightsFile), pooler.Weights);
        if (pooler.CommonDirection is not null) NpyFile.Write<float>(At(directory, CommonFile), pooler.CommonDirection);
        if (vectors.Subwords is { } subwords)
        {
            NpyFile.Write<int>(At(directory, BucketsFile), subwords.Buckets);
            NpyFile.Write<float>(At(directory, NgramsFile), subwords.Values, subwords.Size);
        }
        SavePhrases(directory, splitter);
    }

    public static void SavePhrases(string directory, WordSplitter splitter)
    {
        for (int pass = 0; pass < splitter.Phrases.Count; pass++) PhraseListFile.Write(PhraseFile(directory, pass), splitter.Phrases[pass]);
    }

    public static WordSplitter LoadSplitter(string directory, WordSplitting splitting)
    {
        List<PhraseTable> phrases = [];
        while (File.Exists(PhraseFile(directory, phrases.Count))) phrases.Add(PhraseListFile.Read(PhraseFile(directory, phrases.Count)));
        return new WordSplitter(splitting, phrases);
    }

    public static WordPooler LoadPooler(string directory, WordVectorPooling pooling, IReadOnlyDictionary<string, string> settings)
    {
        WordTable words = WordListFile.Read(At(directory, WordsFile));
        float[] values = NpyFile.Read<float>(At(directory, VectorsFile), out int size);
        if (size == 0 || values.Length / size != words.Count) throw new InvalidDataException($"The saved model has {words.Count} words but vectors of shape {values.Length / Math.Max(size, 1)} x {size}; it was altered. Save it again.");
        long[] counts = Optional<long>(directory, CountsFile, words.Count) ?? [];
        var vectors = new WordVectors(new Vocabulary(words, counts), values, size, LoadSubwords(directory, size, settings));
        float[]? weights = Optional<float>(directory, WeightsFile, words.Count);
        if (weights is null && pooling is (WordVectorPooling.TfIdf or WordVectorPooling.SmoothInverseFrequency))
            throw new InvalidDataException($"The saved model pools by {pooling} but has no {WeightsFile}; it was altered. Save it again.");
        return new WordPooler(vectors, pooling, weights, WordVectorSettings.UnseenWeight(settings), Optional<float>(directory, CommonFile, size));
    }

    private static SubwordVectors? LoadSubwords(string directory, int size, IReadOnlyDictionary<string, string> settings)
    {
        if (!File.Exists(At(directory, NgramsFile))) return null;
        float[] values = NpyFile.Read<float>(At(directory, NgramsFile), out int columns);
        int[] buckets = NpyFile.Read<int>(At(directory, BucketsFile), out _);
        if (columns != size || values.Length / columns != buckets.Length) throw new InvalidDataException($"The saved model's n-grams have shape {values.Length / Math.Max(columns, 1)} x {columns} for {buckets.Length} buckets and vectors of {size}; it was altered. Save it again.");
        return new SubwordVectors(WordVectorSettings.Hasher(settings), buckets, values, size);
    }

    private static T[]? Optional<T>(string directory, string name, int expected) where T : unmanaged
    {
        if (!File.Exists(At(directory, name))) return null;
        T[] values = NpyFile.Read<T>(At(directory, name), out _);
        return values.Length == expected ? values : throw new InvalidDataException($"The saved model's {name} has {values.Length} values; expected {expected}. It was altered; save it again.");
    }

    private static string At(string directory, string name) => Path.Combine(directory, name);

    private static string PhraseFile(string directory, int pass) => At(directory, string.Create(CultureInfo.InvariantCulture, $"phrases-{pass + 1}.txt"));
}
