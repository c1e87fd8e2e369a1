using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Checkpoints;

public sealed class CheckpointDirectoryTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    [Theory]
    [InlineData(WeightType.Float32, 0)]
    [InlineData(WeightType.Float16, 2e-3)]
    [InlineData(WeightType.BFloat16, 2e-2)]
    public void An_encoder_comes_back_as_precise_as_its_number_format(WeightType weights, double tolerance)
    {
        float[][] before = Save(weights);
        using TextEncoderTransformer loaded = _ml.Transforms.Text.EncodeText("Vector", "Text", _folder.Path).Fit(TinyTexts.View(_ml));
        float[][] after = [.. loaded.Transform(TinyTexts.View(_ml)).GetColumn<float[]>("Vector")];
        after.SelectMany(v => v).Should().Equal(before.SelectMany(v => v), (a, b) => Math.Abs(a - b) <= tolerance);
        File.ReadAllText(_folder.File("config.json")).Should().Contain($"\"torch_dtype\": \"{weights.ToString().ToLowerInvariant()}\"");
    }

    [Theory]
    [InlineData(TextEncoderFamily.Bert, "encoder.layer.1.attention.self.query.weight", "bert")]
    [InlineData(TextEncoderFamily.DistilBert, "transformer.layer.1.attention.q_lin.weight", "distilbert")]
    [InlineData(TextEncoderFamily.Roberta, "encoder.layer.1.attention.self.query.weight", "roberta")]
    public void Each_family_is_written_and_read_under_Hugging_Faces_names(TextEncoderFamily family, string tensor, string modelType)
    {
        SequenceTokenizer tokenizer = Tokenizer();
        var config = new TextEncoderConfig
        {
            Family = family,
            VocabSize = tokenizer.VocabSize,
            HiddenSize = 12,
            LayerCount = 2,
            HeadCount = 2,
            IntermediateSize = 20,
            MaxPositions = 20,
            TypeVocabSize = family == TextEncoderFamily.DistilBert ? 0 : 2,
            HasPooler = family == TextEncoderFamily.Bert,
        };
        using (var model = new TextModel<TextEncoder>(new TextEncoder(config, 3), tokenizer, new CheckpointConfig(config))) model.Save(_folder.Path, WeightType.Float32);
        using (SafetensorsFile file = SafetensorsFile.Open(_folder.File("model.safetensors")))
            file.Entries[tensor].Shape.Should().Equal(12, 12);
        JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!["model_type"]!.GetValue<string>().Should().Be(modelType);
        using TextModel<TextEncoder> loaded = TextModel.LoadEncoder(_folder.Path);
        loaded.Config.Encoder.Should().Be(config);
        using var original = new TextEncoder(config, 3);
        foreach ((var ours, var theirs) in loaded.Network.parameters().Zip(original.parameters())) ours.eq(theirs).all().item<bool>().Should().BeTrue();
    }

    [Fact]
    public void One_error_lists_every_missing_unexpected_and_misshaped_tensor()
    {
        Save(WeightType.Float32);
        using (SafetensorsFile file = SafetensorsFile.Open(_folder.File("model.safetensors")))
        {
            var changed = file.Entries.Keys.Where(n => n != "embeddings.LayerNorm.bias")
                .Select(n => KeyValuePair.Create(n == "encoder.layer.0.output.dense.bias" ? "encoder.layer.7.extra" : n, n == "encoder.layer.1.output.dense.bias" ? TorchSharp.torch.zeros(3) : file.Read(n)));
            SafetensorsWriter.Write(_folder.File("changed"), [.. changed]);
        }
        File.Move(_folder.File("changed"), _folder.File("model.safetensors"), overwrite: true);
        Open().Should().Throw<InvalidDataException>().WithMessage("*4 tensors differ*another shape: encoder.layer.1.output.dense.bias is [3], expected [16]*missing: embeddings.LayerNorm.bias [16]*missing: encoder.layer.0.output.dense.bias*unexpected: encoder.layer.7.extra*");
    }

    [Theory]
    [InlineData("config.json", "*has no config.json. Found: model.safetensors*")]
    [InlineData("model.safetensors", "*has no model.safetensors or pytorch_model.bin. Found: config.json*")]
    [InlineData("vocab.txt", "*has no tokenizer. Found: config.json*")]
    public void A_missing_file_is_named_with_what_is_there(string file, string message)
    {
        Save(WeightType.Float32);
        File.Delete(_folder.File(file));
        Open().Should().Throw<FileNotFoundException>().WithMessage(message);
    }

    [Fact]
    public void A_missing_directory_is_named() =>
        FluentActions.Invoking(() => _ml.Transforms.Text.EncodeText("Vector", "Text", "no/such/model").Fit(TinyTexts.View(_ml))).Should().Throw<DirectoryNotFoundException>().WithMessage("*'no/such/model' was not found; expected*");

    [Theory]
    [InlineData("{", "*not readable*expected the config.json*")]
    [InlineData("{\"model_type\":\"t5\"}", "*model_type 't5'; expected one of bert, distilbert*")]
    [InlineData("{\"model_type\":\"bert\"}", "*no 'vocab_size'*")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":\"many\"}", "*not readable*")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":100,\"hidden_size\":10,\"num_attention_heads\":3}", "*HiddenSize must be a multiple of HeadCount*")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":100,\"hidden_act\":\"swish\"}", "*activation 'swish'; expected one of gelu*")]
    [InlineData("{\"model_type\":\"bert\",\"vocab_size\":100,\"position_embedding_type\":\"relative_key\"}", "*expected 'absolute'*")]
    public void A_configuration_that_makes_no_network_is_refused(string json, string message)
    {
        Save(WeightType.Float32);
        File.WriteAllText(_folder.File("config.json"), json);
        Open().Should().Throw<InvalidDataException>().WithMessage(message);
    }

    [Fact]
    public void A_vocabulary_larger_than_the_embedding_matrix_is_refused()
    {
        Save(WeightType.Float32);
        File.AppendAllText(_folder.File("vocab.txt"), string.Concat(Enumerable.Range(0, 300).Select(i => $"more{i}\n")));
        Open().Should().Throw<InvalidDataException>().WithMessage("*vocabulary has *entries, but the embedding matrix has rows for *belongs to another checkpoint*");
    }

    [Fact]
    public void A_vocabulary_without_its_special_tokens_is_refused()
    {
        Save(WeightType.Float32);
        File.WriteAllText(_folder.File("vocab.txt"), "a\nb\nc\n");
        Open().Should().Throw<Exception>().WithMessage("*no '[UNK]'; expected the special tokens*").Which.Should().Match(e => e is InvalidDataException || e is ArgumentException);
    }

    public void Dispose() => _folder.Dispose();

    private Action Open() => () => _ml.Transforms.Text.EncodeText("Vector", "Text", _folder.Path).Fit(TinyTexts.View(_ml)).Dispose();

    private float[][] Save(WeightType weights)
    {
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(TinyTexts.View(_ml));
        encoder.SaveCheckpoint(_folder.Path, weights);
        return [.. encoder.Transform(TinyTexts.View(_ml)).GetColumn<float[]>("Vector")];
    }

    private static SequenceTokenizer Tokenizer() =>
        SequenceTokenizer.WordPiece(new WordPieceTrainer(new() { VocabularySize = 100 }).Train(TinyTexts.Rows().Select(r => r.Text)).Tokenizer);
}
