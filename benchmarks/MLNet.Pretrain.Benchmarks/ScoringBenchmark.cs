using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Sentences to vectors, tokenization included: windows sorted by length against what people write first.</summary>
internal static class ScoringBenchmark
{
    private const int PeerBatch = 32;
    private const int MaxLength = 128;

    public static void Run(string[] texts, string vocabularyFile, int layers, int hidden)
    {
        TorchRuntime.EnsureLoaded();
        var tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(vocabularyFile));
        var config = new TextEncoderConfig { VocabSize = tokenizer.VocabSize, HiddenSize = hidden, LayerCount = layers, HeadCount = hidden / 64, IntermediateSize = 4 * hidden, HasPooler = false };
        string directory = Directory.CreateTempSubdirectory("benchmark-").FullName;
        using (var model = new TextModel<TextEncoder>(new TextEncoder(config, 1), tokenizer, new CheckpointConfig(config))) model.Save(directory, WeightType.Float32);

        var ml = new MLContext(1);
        IDataView rows = ml.Data.LoadFromEnumerable(texts.Select(t => new Row { Text = t }));
        using TextEncoderTransformer encoder = ml.Transforms.Text.EncodeText("Vector", "Text", directory, maxLength: MaxLength).Fit(rows);
        using var network = new TextEncoder(config, 1);
        network.eval();
        float[][] ours = [], peer = [];
        SideBySide.Run("texts", texts.Length, 3, ("EncodeText", () => ours = [.. encoder.Transform(rows).GetColumn<float[]>("Vector")]),
            ("random order, padded to the longest", () => peer = RandomOrder(texts, tokenizer, network)));
        Console.WriteLine($"largest difference of any value: {ours.Zip(peer).Max(p => p.First.Zip(p.Second).Max(v => Math.Abs(v.First - v.Second))):0.0e0}");
        Directory.Delete(directory, recursive: true);
    }

    private static float[][] RandomOrder(string[] texts, SequenceTokenizer tokenizer, TextEncoder network)
    {
        var vectors = new List<float[]>(texts.Length);
        var encoded = new EncodedText();
        foreach (string[] batch in texts.Chunk(PeerBatch))
        {
            using var scope = NewDisposeScope();
            using var inference = inference_mode();
            long[][] ids = [.. batch.Select(text =>
            {
                tokenizer.Encode(text, MaxLength, TruncationStrategy.LongestFirst, encoded);
                return encoded.Ids.ToArray().Select(id => (long)id).ToArray();
            })];
            int longest = ids.Max(i => i.Length);
            Tensor input = tensor(ids.SelectMany(row => row.Concat(Enumerable.Repeat((long)tokenizer.PadTokenId, longest - row.Length))).ToArray(), [batch.Length, longest]);
            Tensor mask = tensor(ids.SelectMany(row => Enumerable.Range(0, longest).Select(i => i < row.Length)).ToArray(), [batch.Length, longest]);
            Tensor hidden = network.forward(input, mask, null), weights = mask.unsqueeze(2).to(float32);
            Tensor mean = (hidden * weights).sum(1) / weights.sum(1);
            vectors.AddRange(mean.data<float>().ToArray().Chunk((int)mean.shape[1]));
        }
        return [.. vectors];
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";
    }
}
