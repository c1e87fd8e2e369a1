using Microsoft.ML.Tokenizers;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Text to ids on one thread.</summary>
internal static class TokenizerBenchmark
{
    public static void Run(string[] texts, string vocabularyFile)
    {
        var ours = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(vocabularyFile));
        BertTokenizer peer = BertTokenizer.Create(vocabularyFile);
        var encoded = new EncodedText();
        int equal = texts.Take(1000).Count(text =>
        {
            ours.Encode(text, int.MaxValue, TruncationStrategy.LongestFirst, encoded);
            return encoded.Ids.SequenceEqual(peer.EncodeToIds(text).ToArray());
        });
        Console.WriteLine($"ids equal on {equal} of {Math.Min(1000, texts.Length)} texts (the peer is not BERT-exact; ours equals every golden case)");
        SideBySide.Run("M characters", texts.Sum(t => (double)t.Length) / 1e6, 5, ("SequenceTokenizer, ours", () =>
        {
            foreach (string text in texts) ours.Encode(text, int.MaxValue, TruncationStrategy.LongestFirst, encoded);
        }
        ), ("BertTokenizer, Microsoft.ML.Tokenizers", () =>
        {
            foreach (string text in texts) peer.EncodeToIds(text);
        }
        ));
    }
}
