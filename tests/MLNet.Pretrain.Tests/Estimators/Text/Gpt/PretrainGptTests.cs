using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text.Gpt;

public sealed class PretrainGptTests : IDisposable
{
    private static readonly string[] s_rhyme = [.. Enumerable.Repeat("one two buckle my shoe", 80)];

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(1);

    [Fact]
    public void A_vocabulary_is_learnt_from_the_texts_and_every_text_comes_back()
    {
        using GptTransformer gpt = _ml.Transforms.Text.PretrainGpt("Vector", "Text", new PretrainGptOptions
        {
            Model = new ScratchGpt { LayerCount = 1, HiddenSize = 16, HeadCount = 2, MaxPositions = 32, VocabularySize = 300 },
            MaxSteps = 2,
            Epochs = 100,
            Seed = 1,
            Threads = 1,
        }).Fit(TinyTexts.View(_ml));
        gpt.Tokenizer.VocabSize.Should().BeInRange(258, 300);
        IReadOnlyList<int> ids = gpt.Tokenizer.Tokenizer.EncodeToIds("a fine warm film \u00e9");
        ids.Count.Should().BeLessThan(12, "words of the texts are a few pieces");
        gpt.Tokenizer.Tokenizer.Decode(ids).Should().Be("a fine warm film \u00e9");
    }

    [Fact]
    public void It_learns_a_rhyme_and_goes_on_with_it_to_its_end()
    {
        var metrics = new List<IReadOnlyDictionary<string, double>>();
        using GptTransformer gpt = Fit(s_rhyme, o =>
        {
            (o.ValidationData, o.MaxSteps, o.Epochs) = (View(s_rhyme[..2]), 120, 100);
            o.Progress = new Reporter(p => { if (p.Metrics is not null) metrics.Add(p.Metrics); });
        });
        gpt.Generate("one two ").Should().Be("buckle my shoe", "the document ends there");
        gpt.Generate("").Should().Be(s_rhyme[0]);
        gpt.Perplexity(s_rhyme[..1]).Perplexity.Should().BeLessThan(1.2);
        metrics[^1]["Perplexity"].Should().BeApproximately(Math.Exp(metrics[^1]["Loss"]), 1e-9).And.BeLessThan(metrics[0]["Perplexity"]);
    }

    [Fact]
    public void It_learns_as_much_as_there_is_to_know_of_a_source_whose_entropy_is_known()
    {
        // Each letter is followed by the next with probability 0.75, by the one after it with 0.25, in a ring of eight.
        string Chain(int seed)
        {
            var random = new Random(seed);
            int at = 0;
            return string.Concat(Enumerable.Range(0, 4000).Select(_ => (char)('a' + (at = (at + (random.NextDouble() < 0.75 ? 1 : 2)) % 8))));
        }

        using GptTransformer gpt = Fit([Chain(1), Chain(2)], o => (o.MaxSteps, o.Epochs, o.Dropout) = (250, 100, 0));
        double entropy = -(0.75 * Math.Log(0.75) + 0.25 * Math.Log(0.25));
        Math.Log(gpt.Perplexity([Chain(3)]).Perplexity).Should().BeApproximately(entropy, 0.03);
    }

    [Fact]
    public void Every_token_is_predicted_once_and_nothing_is_padded_but_the_last_block()
    {
        GptTokenizer tokenizer = GptTokenizer.Bytes();
        string[] texts = ["abc", "", "d", "efghij", "klmnopq"];
        var blocks = new GptBlocks(tokenizer, 5, () => { });
        IDataView data = View(texts);
        using TokenStore rows = blocks.Write(data, data.Schema["Text"]);
        int end = tokenizer.EndOfTextId;
        List<long> stream = [end];
        foreach (string text in texts.Where(t => t.Length > 0)) stream.AddRange([.. tokenizer.Encode(text).Select(id => (long)id), end]);
        blocks.Texts.Should().Be(4);
        List<long> predicted = [];
        for (long row = 0; row < rows.Count; row++)
        {
            long[] ids = new long[rows.Length(row)];
            rows.CopyIds(row, ids);
            ids[0].Should().Be(row == 0 ? end : predicted[^1], "a row begins with the last token of the one before");
            predicted.AddRange(ids[1..]);
            if (row < rows.Count - 1) ids.Should().HaveCount(6);
        }
        predicted.Should().Equal(stream.Skip(1));
    }

    [Fact]
    public void The_loss_is_the_mean_over_real_tokens()
    {
        using var network = new GptDecoder(new GptConfig { VocabSize = 20, HiddenSize = 8, LayerCount = 1, HeadCount = 2, MaxPositions = 8 }, 1);
        network.eval();
        using var task = Batch([[1, 2, 3, 4], [5, 6]]);
        Tensor first = network.forward(tensor(new long[,] { { 1, 2, 3 } }))[0].log_softmax(-1), second = network.forward(tensor(new long[,] { { 5 } }))[0].log_softmax(-1);
        double expected = -(first[0, 2] + first[1, 3] + first[2, 4] + second[0, 6]).item<float>() / 4;
        new GptTask(network, 16).Loss(task).item<float>().Should().BeApproximately((float)expected, 1e-5f);
        IReadOnlyDictionary<string, double> metrics = new GptTask(network, 16).Evaluate([task]);
        metrics["Loss"].Should().BeApproximately(expected, 1e-5);
        metrics["Perplexity"].Should().BeApproximately(Math.Exp(expected), 1e-4);

        static TrainingBatch Batch(long[][] rows)
        {
            Tensor ids = zeros(rows.Length, rows.Max(r => r.Length), int64), mask = zeros_like(ids);
            for (int i = 0; i < rows.Length; i++)
            {
                ids[i].narrow(0, 0, rows[i].Length).copy_(tensor(rows[i]));
                mask[i].narrow(0, 0, rows[i].Length).fill_(1);
            }
            return new TrainingBatch { InputIds = ids, AttentionMask = mask, Labels = zeros(rows.Length), RowIndices = [.. rows.Select((_, i) => (long)i)], Tokens = rows.Sum(r => r.Length) };
        }
    }

    [Fact]
    public void Layers_count_from_the_embeddings_to_the_last_norm()
    {
        using var network = new GptDecoder(new GptConfig { VocabSize = 20, HiddenSize = 8, LayerCount = 11, HeadCount = 2, MaxPositions = 8 }, 1);
        var task = new GptTask(network, 16);
        (task.LayerOf("word.weight"), task.LayerOf("position.weight"), task.LayerOf("blocks.0.output.bias"), task.LayerOf("blocks.10.attention_norm.weight"), task.LayerOf("norm.bias")).Should().Be((0, 0, 1, 11, 12));
    }

    [Fact]
    public void Training_goes_on_from_a_directory_and_from_a_fitted_model_which_stay_as_they_are()
    {
        using GptTransformer first = Fit(s_rhyme, o => o.MaxSteps = 60);
        first.SaveCheckpoint(_folder.Path);
        byte[] before = File.ReadAllBytes(_folder.File("model.safetensors"));
        double start = first.Perplexity(s_rhyme[..1]).Perplexity;
        foreach (GptSource source in (GptSource[])[_folder.Path, first])
        {
            using GptTransformer more = Fit(s_rhyme, o => (o.Model, o.MaxSteps) = (source, 30));
            more.Perplexity(s_rhyme[..1]).Perplexity.Should().BeLessThan(start, source.Description);
        }
        first.SaveCheckpoint(_folder.Path);
        File.ReadAllBytes(_folder.File("model.safetensors")).Should().Equal(before);
    }

    [Fact]
    public void Bf16_learns_too()
    {
        using GptTransformer gpt = Fit(s_rhyme, o => (o.MaxSteps, o.Precision, o.GradientAccumulationSteps, o.BatchSize) = (120, TrainingPrecision.BFloat16, 2, 4));
        gpt.Perplexity(s_rhyme[..1]).Perplexity.Should().BeLessThan(1.3);
    }

    [Fact]
    public void Live_tensors_are_flat_over_many_steps()
    {
        void Run(long steps) => Fit(s_rhyme, o => (o.MaxSteps, o.ValidationFraction) = (steps, 0.1)).Dispose();

        LiveTensors.ShouldNotGrow(() => Run(2), () => Run(60));
    }

    [Fact]
    public void Dropout_of_the_options_takes_the_place_of_the_models()
    {
        using GptModel model = GptSource.FromScratch(new ScratchGpt { HiddenSize = 8, HeadCount = 2, LayerCount = 1, Dropout = 0.3 }).Open([], 1, 0.05);
        (model.Network.Config.EmbeddingDropout, model.Network.Config.ResidualDropout, model.Network.Config.AttentionDropout).Should().Be((0.05, 0.05, 0.05));
    }

    [Fact]
    public void A_text_shorter_than_a_block_is_a_short_block()
    {
        using GptTransformer gpt = Fit(["ab"], o => (o.MaxSteps, o.Epochs) = (60, 100));
        gpt.Generate("").Should().Be("ab");
    }

    [Fact]
    public void No_text_at_all_is_told()
    {
        FluentActions.Invoking(() => Fit([], _ => { })).Should().Throw<InvalidOperationException>().WithMessage("PretrainGpt: there are no training rows with text in column 'Text'; expected*");
        FluentActions.Invoking(() => Fit(["", ""], _ => { })).Should().Throw<InvalidOperationException>().WithMessage("*no training rows with text*");
        FluentActions.Invoking(() => Fit(["a"], o => o.ValidationData = View([""]))).Should().Throw<InvalidOperationException>().WithMessage("*no validation rows with text*");
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        foreach (Action<PretrainGptOptions> change in (Action<PretrainGptOptions>[])[o => o.BlockSize = -1, o => o.Dropout = 1, o => o.MinLearningRate = 1, o => o.Model = null!, o => (o.ValidationData, o.ValidationFraction) = (View(["a"]), 0.1)])
            FluentActions.Invoking(() => Fit(["a"], change)).Should().Throw<ArgumentException>().WithMessage("PretrainGpt: *expected*");
        FluentActions.Invoking(() => Fit(["a"], o => o.BlockSize = 33)).Should().Throw<ArgumentException>().WithMessage("*BlockSize is 33, but the network has positions for 32*");
        foreach (ScratchGpt scratch in (ScratchGpt[])[new() { HiddenSize = 10 }, new() { LayerCount = 0 }, new() { VocabularySize = 200 }, new() { Dropout = 1 }, new() { InitializerRange = 0 }])
            FluentActions.Invoking(() => GptSource.FromScratch(scratch)).Should().Throw<ArgumentException>();
        var columns = new GptFeatureOptions { InputColumnName = "Text", OutputColumnName = "Features", Layer = 9 };
        FluentActions.Invoking(() => _ml.Transforms.Text.PretrainGpt(columns, new() { Model = new ScratchGpt { LayerCount = 1 } }).Fit(View(["a"]))).Should().Throw<ArgumentException>().WithMessage("Layer is 9*");
    }

    [Fact]
    public void A_directory_of_another_family_is_refused()
    {
        using (TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(TinyTexts.View(_ml))) encoder.SaveCheckpoint(_folder.Path);
        FluentActions.Invoking(() => Fit(["a"], o => o.Model = _folder.Path)).Should().Throw<InvalidDataException>().WithMessage("*model_type 'bert'; expected 'gpt2'*");
    }

    public void Dispose() => _folder.Dispose();

    private GptTransformer Fit(string[] texts, Action<PretrainGptOptions> change)
    {
        var options = new PretrainGptOptions
        {
            Model = new ScratchGpt { LayerCount = 2, HiddenSize = 32, HeadCount = 2, MaxPositions = 32, Dropout = 0 },
            BatchSize = 8,
            LearningRate = 1e-2,
            Epochs = 20,
            Seed = 3,
            Threads = 1,   // a network this small gains nothing from a second one
        };
        change(options);
        return _ml.Transforms.Text.PretrainGpt("Features", "Text", options).Fit(View(texts));
    }

    private IDataView View(string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));
}
