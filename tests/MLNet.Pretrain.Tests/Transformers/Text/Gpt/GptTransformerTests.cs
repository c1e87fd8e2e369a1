using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Transformers.Text.Gpt;

/// <summary>Generation, perplexity and vectors of a small random GPT.</summary>
public sealed class GptTransformerTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(1);
    private readonly GptModel _model = RandomGpt.Model();
    private readonly GptTransformer _gpt;

    public GptTransformerTests() => _gpt = Open(new() { InputColumnName = "Text", OutputColumnName = "Features" });

    [Fact]
    public void Greedy_generation_is_the_likeliest_token_each_time_and_slides_by_half()
    {
        // The definition, without a cache: beyond 24 positions the last 12 of the context are kept.
        string Expected(string prompt, int count)
        {
            List<int> context = prompt == "" ? [_gpt.Tokenizer.EndOfTextId] : [.. _gpt.Tokenizer.Encode(prompt).TakeLast(24)];
            var made = new List<int>();
            using IDisposable _ = no_grad();
            for (int i = 0; i < count; i++)
            {
                if (context.Count > 24) context = [.. context.TakeLast(12)];
                int id = (int)_model.Network.forward(tensor(context.Select(t => (long)t).ToArray()).unsqueeze(0))[0, -1].argmax().item<long>();
                if (id == _gpt.Tokenizer.EndOfTextId) break;
                context.Add(id);
                made.Add(id);
            }
            return _gpt.Tokenizer.Decode(made);
        }

        foreach (string prompt in Prompts) _gpt.Generate(prompt, new() { MaxNewTokens = 50 }).Should().Be(Expected(prompt, 50), prompt);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(16)]
    public void Prompts_together_are_continued_as_each_alone(int promptsPerBatch)
    {
        var options = new GenerationOptions { MaxNewTokens = 40, PromptsPerBatch = promptsPerBatch };
        _gpt.Generate(Prompts, options).Should().Equal(Prompts.Select(prompt => _gpt.Generate(prompt, options)));
        _gpt.Generate([], options).Should().BeEmpty();
        _gpt.Generate(Prompts).Should().Equal(Prompts.Select(prompt => _gpt.Generate(prompt)));
    }

    [Fact]
    public void Samples_follow_from_seed_and_place()
    {
        var options = new GenerationOptions { Temperature = 1.5, TopK = 40, TopP = 0.95, RepetitionPenalty = 1.1, MaxNewTokens = 40, Seed = 4 };
        IReadOnlyList<string> texts = _gpt.Generate(["ab", "ab", "ab"], options);
        texts.Should().OnlyHaveUniqueItems("each prompt has a generator of its own");
        texts[0].Should().Be(_gpt.Generate("ab", options));
        _gpt.Generate(["ab", "ab", "ab"], options).Should().Equal(texts);
        _gpt.Generate("ab", options with { Seed = 5 }).Should().NotBe(texts[0]);
        _gpt.Generate("ab", options with { Seed = null }).Should().NotBe(_gpt.Generate("ab", options with { Seed = null }));
    }

    [Fact]
    public void Pieces_together_are_the_whole()
    {
        foreach (string prompt in Prompts)
        {
            var options = new GenerationOptions { Temperature = 2, MaxNewTokens = 50, Seed = 3, StopStrings = ["qz", "\n"] };
            string[] pieces = [.. _gpt.GenerateStream(prompt, options)];
            pieces.Should().NotContain("");
            string.Concat(pieces).Should().Be(_gpt.Generate(prompt, options));
        }
    }

    [Fact]
    public void A_stop_string_ends_the_text_before_it()
    {
        string whole = _gpt.Generate("abc", new() { MaxNewTokens = 40 });
        string stop = whole.Substring(10, 2);
        int at = whole.IndexOf(stop, StringComparison.Ordinal);
        _gpt.Generate("abc", new() { MaxNewTokens = 40, StopStrings = ["not there", stop] }).Should().Be(whole[..at]);
    }

    [Fact]
    public void Leaving_a_stream_early_or_generating_much_leaves_no_tensor()
    {
        _gpt.Generate("a");
        LiveTensors.ShouldLeaveNone(() =>
        {
            foreach (string _ in _gpt.GenerateStream("abc", new() { MaxNewTokens = 60 })) break;
        });
        LiveTensors.ShouldLeaveNone(() => _gpt.Generate(Prompts, new() { MaxNewTokens = 200 }));
        LiveTensors.ShouldLeaveNone(() =>
        {
            using var cancel = new CancellationTokenSource();
            FluentActions.Invoking(() =>
            {
                foreach (string _ in _gpt.GenerateStream("abc", new() { MaxNewTokens = 60, CancellationToken = cancel.Token })) cancel.Cancel();
            }).Should().Throw<OperationCanceledException>();
        });
        LiveTensors.ShouldLeaveNone(() => _gpt.Perplexity(Prompts));
    }

    [Fact]
    public void Live_tensors_do_not_grow_with_the_tokens_of_a_stream()
    {
        var counts = new List<long>();
        foreach (string _ in _gpt.GenerateStream("abc", new() { MaxNewTokens = 200, Temperature = 1, Seed = 1 })) counts.Add(Tensor.TotalCount);
        counts.Should().HaveCountGreaterThan(100);
        counts.Max().Should().BeLessThanOrEqualTo(counts[5]);
    }

    [Fact]
    public void Perplexity_is_e_to_the_mean_negative_log_likelihood()
    {
        string[] texts = ["abc de", "", "f", "a longer text, é, which is more than the network has positions: so windows slide over it"];
        double sum = 0;
        long tokens = 0;
        using (no_grad())
        {
            foreach (string text in texts)
            {
                long[] ids = [_gpt.Tokenizer.EndOfTextId, .. _gpt.Tokenizer.Encode(text).Select(id => (long)id)];
                for (int target = 1; target < ids.Length; target++, tokens++)
                {
                    // The window that counts the token: the first 24 from the start, then 12 more each.
                    int start = target <= 24 ? 0 : (target - 24 + 11) / 12 * 12;
                    Tensor logits = _model.Network.forward(tensor(ids[start..target]).unsqueeze(0))[0, -1];
                    sum -= logits.to(float64).log_softmax(0)[ids[target]].item<double>();
                }
            }
        }
        GptPerplexity result = _gpt.Perplexity(texts);
        result.Tokens.Should().Be(tokens);
        result.Perplexity.Should().BeApproximately(Math.Exp(sum / tokens), 1e-4 * Math.Exp(sum / tokens));
        (result.Words, result.Bytes).Should().Be((20, tokens), "tokens are bytes here");
        result.PerWord.Should().BeApproximately(Math.Exp(sum / 20), 1e-3 * Math.Exp(sum / 20));
        result.BitsPerByte.Should().BeApproximately(sum / tokens / Math.Log(2), 1e-5);
        FluentActions.Invoking(() => _gpt.Perplexity(["", ""])).Should().Throw<ArgumentException>().WithMessage("*no texts with a character*");
    }

    [Theory]
    [InlineData(GptPooling.LastToken, -1, false)]
    [InlineData(GptPooling.Mean, -1, false)]
    [InlineData(GptPooling.LastToken, 1, true)]
    [InlineData(GptPooling.Mean, 0, false)]
    [InlineData(GptPooling.Mean, -2, true)]
    public void A_vector_is_the_chosen_hidden_state_of_the_text_alone(GptPooling pooling, int layer, bool normalize)
    {
        using GptTransformer gpt = Open(new() { InputColumnName = "Text", OutputColumnName = "Features", Pooling = pooling, Layer = layer, Normalize = normalize });
        float[][] vectors = [.. gpt.Transform(View(Prompts)).GetColumn<float[]>("Features")];
        for (int i = 0; i < Prompts.Length; i++)
        {
            int[] ids = gpt.Tokenizer.Encode(Prompts[i]) is { Count: > 0 } some ? [.. some.Take(24)] : [gpt.Tokenizer.EndOfTextId];
            using IDisposable _ = no_grad();
            IReadOnlyList<Tensor> states = _model.Network.HiddenStates(tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0));
            Tensor state = states[layer < 0 ? states.Count + layer : layer][0];
            Tensor expected = pooling == GptPooling.Mean ? state.mean([0]) : state[-1];
            if (normalize) expected = expected / expected.norm();
            vectors[i].Should().Equal(expected.data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-4);
        }
    }

    [Fact]
    public void A_saved_model_generates_the_same_and_scores_the_same_in_a_fresh_process()
    {
        ITransformer chain = new TransformerChain<ITransformer>(_gpt);
        _ml.Model.Save(chain, View([]).Schema, _folder.File("m.zip"));
        string[] texts = ["one line", "two", "a third one that is longer"];
        float[][] expected = [.. chain.Transform(View(texts)).GetColumn<float[]>("Features")];
        (string[] columns, string[][] rows) = FreshProcess.Score(_folder.File("m.zip"), texts);
        columns.Should().Equal("Features Vector<Single, 16>");
        float[][] fresh = [.. rows.Select(row => row[0].Split(' ').Select(v => float.Parse(v, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        fresh.SelectMany(v => v).Should().Equal(expected.SelectMany(v => v), (a, b) => Math.Abs(a - b) < 1e-5);
        var loaded = (TransformerChain<ITransformer>)new MLContext().Model.Load(_folder.File("m.zip"), out _);
        using var gpt = (GptTransformer)loaded.Last();
        gpt.Generate("abc").Should().Be(_gpt.Generate("abc"));
        gpt.Options.Should().Be(_gpt.Options);
    }

    [Fact]
    public void Bf16_gives_nearly_the_same_vectors_and_generates()
    {
        using GptTransformer half = Open(new() { InputColumnName = "Text", OutputColumnName = "Features", Precision = ScoringPrecision.BFloat16 });
        float[][] vectors = [.. half.Transform(View(Prompts)).GetColumn<float[]>("Features")], expected = [.. _gpt.Transform(View(Prompts)).GetColumn<float[]>("Features")];
        for (int i = 0; i < vectors.Length; i++) Cosine(vectors[i], expected[i]).Should().BeGreaterThan(0.995);
        half.Generate(Prompts, new() { MaxNewTokens = 30 }).Should().HaveCount(Prompts.Length);

        static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
    }

    [Fact]
    public void Automatic_precision_scores_in_what_the_processor_has()
    {
        ScoringPrecision chosen = ProcessorFeatures.HasBFloat16 ? ScoringPrecision.BFloat16 : ScoringPrecision.Float32;
        using GptTransformer automatic = Open(new() { InputColumnName = "Text", OutputColumnName = "Features", Precision = ScoringPrecision.Auto }), named = Open(new() { InputColumnName = "Text", OutputColumnName = "Features", Precision = chosen });
        automatic.Transform(View(Prompts)).GetColumn<float[]>("Features").SelectMany(v => v).Should().Equal(named.Transform(View(Prompts)).GetColumn<float[]>("Features").SelectMany(v => v));
    }

    [Fact]
    public void Bad_options_are_refused()
    {
        foreach (GenerationOptions options in (GenerationOptions[])[new() { MaxNewTokens = 0 }, new() { Temperature = -1 }, new() { TopK = -1 }, new() { TopP = 0 }, new() { RepetitionPenalty = 0 }, new() { StopStrings = [""] }, new() { PromptsPerBatch = 0 }])
            FluentActions.Invoking(() => _gpt.GenerateStream("a", options)).Should().Throw<ArgumentException>().WithMessage("GenerationOptions.*expected*");
        FluentActions.Invoking(() => _gpt.Generate([null!], null)).Should().Throw<ArgumentException>().WithMessage("*prompt is null*");
        FluentActions.Invoking(() => Open(new() { InputColumnName = "Text", OutputColumnName = "F", Layer = 4 })).Should().Throw<ArgumentException>().WithMessage("Layer is 4*expected -4 to 3*");
        FluentActions.Invoking(() => Open(new() { InputColumnName = "Text", OutputColumnName = "F", MaxLength = 25 })).Should().Throw<ArgumentException>().WithMessage("*positions for 24*");
        FluentActions.Invoking(() => Open(new() { InputColumnName = "Text", OutputColumnName = "" })).Should().Throw<ArgumentException>().WithMessage("*OutputColumnName is empty*");
    }

    [Fact]
    public void After_disposal_everything_says_so()
    {
        IEnumerable<string> stream = _gpt.GenerateStream("abc", new() { MaxNewTokens = 10 });
        using IEnumerator<string> pieces = stream.GetEnumerator();
        pieces.MoveNext();
        _gpt.Dispose();
        FluentActions.Invoking(() => { while (pieces.MoveNext()) { } }).Should().Throw<ObjectDisposedException>();
        FluentActions.Invoking(() => _gpt.Generate("a")).Should().Throw<ObjectDisposedException>();
    }

    public void Dispose()
    {
        _gpt.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }

    private static string[] Prompts { get; } = ["", "a", "abc", "the evening was slow", "a prompt that is longer than the twenty-four positions", "é"];

    private GptTransformer Open(GptFeatureOptions options) => GptTransformer.Own(_model.Copy(), options);

    private IDataView View(string[] texts) => _ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));
}
