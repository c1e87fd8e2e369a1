using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>A checkpoint, and ONNX Runtime with the same weights.</summary>
internal sealed class EngineBenchmarkModel : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("benchmark-").FullName;

    private EngineBenchmarkModel(EngineBenchmarkSettings settings, Func<string, string> checkpoint)
    {
        Checkpoint = checkpoint(_folder);
        Config = ConfigFile.Read(Path.Combine(Checkpoint, ConfigFile.Name)).Encoder;
        Peers = [new(settings, Checkpoint, _folder, int8: false), new(settings, Checkpoint, _folder, int8: true)];
    }

    /// <summary>The checkpoint directory.</summary>
    public string Checkpoint { get; }

    public TextEncoderConfig Config { get; }

    public IReadOnlyList<EngineBenchmarkPeer> Peers { get; }

    public string Vocabulary => Path.Combine(Checkpoint, "vocab.txt");

    public string Name => $"{Config.LayerCount} x {Config.HiddenSize}";

    public static EngineBenchmarkModel Open(EngineBenchmarkSettings settings, string checkpoint) => new(settings, _ => checkpoint);

    /// <summary>A model with random weights.</summary>
    public static EngineBenchmarkModel Random(EngineBenchmarkSettings settings, int layers, int hidden) => new(settings, folder =>
    {
        string checkpoint = Path.Combine(folder, "checkpoint");
        SaveRandom(checkpoint, settings.Vocabulary ?? throw new ArgumentException("Neither --checkpoint nor --vocabulary is given; random weights need a vocab.txt."), layers, hidden, heads: 12);
        return checkpoint;
    });

    /// <summary>Writes a checkpoint with random weights.</summary>
    public static void SaveRandom(string directory, string vocabulary, int layers, int hidden, int heads)
    {
        SequenceTokenizer tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(vocabulary));
        var config = new TextEncoderConfig { VocabSize = tokenizer.VocabSize, HiddenSize = hidden, LayerCount = layers, HeadCount = heads, IntermediateSize = 4 * hidden, HasPooler = false };
        using var model = new TextModel<TextEncoder>(new TextEncoder(config, 1), tokenizer, new CheckpointConfig(config));
        model.Save(directory, WeightType.Float32);
    }

    /// <summary>Ours, fitted to a view with a column Text.</summary>
    public TextEncoderTransformer Fit(MLContext ml, IDataView rows, ScoringPrecision precision, int maxLength, int? tokensPerBatch = null)
    {
        var options = new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector", Precision = precision, MaxLength = maxLength };
        return ml.Transforms.Text.EncodeText(Checkpoint, tokensPerBatch is { } tokens ? options with { TokensPerBatch = tokens } : options).Fit(rows);
    }

    /// <summary>Multiplications and additions of the layers' products for rows of these lengths, in 10^9.</summary>
    public double Gop(IEnumerable<int> lengths)
    {
        double hidden = Config.HiddenSize, between = Config.IntermediateSize;
        return lengths.Sum(tokens => ((8 * hidden * hidden) + (4 * hidden * between) + (4 * tokens * hidden)) * Config.LayerCount * tokens) / 1e9;
    }

    public void Dispose()
    {
        foreach (EngineBenchmarkPeer peer in Peers) peer.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
