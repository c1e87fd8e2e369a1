using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using TorchSharp;

namespace MLNet.Pretrain.Tests.Transformers.Text;

public sealed class ExplainTests
{
    private const string English = "the plot is thin but a warm and moving film";
    private static readonly TextScoringOptions s_single = new() { InputColumnName = "Text" };
    private static readonly TextScoringOptions s_pairs = s_single with { PairColumnName = "Other" };
    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData(AttributionBaseline.Mask)]
    [InlineData(AttributionBaseline.Padding)]
    public void Values_add_up_to_the_log_odds_less_those_of_the_baseline(AttributionBaseline baseline)
    {
        foreach (TextClassificationTransformer model in Models(English))
        {
            using (model)
            {
                TextAttribution few = model.Explain(English, options: new() { Steps = 2, Baseline = baseline }), many = model.Explain(English, options: new() { Steps = 300, Baseline = baseline });
                Gap(many).Should().BeLessThan(2e-3);
                Gap(many).Should().BeLessThanOrEqualTo(Math.Max(1e-4, Gap(few)));
                (many.Output, many.BaselineOutput, many.Class).Should().Be((few.Output, few.BaselineOutput, few.Class));
                many.Output.Should().NotBe(many.BaselineOutput);
            }
        }
    }

    [Fact]
    public void The_class_explained_is_the_predicted_one_with_its_probability_or_the_one_named()
    {
        foreach (TextClassificationTransformer model in Models(English))
        {
            using (model)
            {
                float[] score = model.Transform(_ml.Data.LoadFromEnumerable([new TinyTexts.Row { Text = English }])).GetColumn<float[]>("Score").Single();
                TextAttribution predicted = model.Explain(English);
                predicted.Class.Should().Be(model.Labels[Array.IndexOf(score, score.Max())]);
                predicted.Probability.Should().BeApproximately(score.Max(), 1e-5);
                foreach ((int i, string name) in model.Labels.Index())
                {
                    TextAttribution named = model.Explain(English, options: new() { Class = name });
                    (named.Class, Math.Round(named.Probability!.Value, 4)).Should().Be((name, Math.Round(score[i], 4)));
                }
            }
        }
    }

    [Theory]
    [InlineData("na\u00efve caf\u00e9 \u5317\u4eac\u5927\u5b66 \U0001F600\U0001F468\u200d\U0001F469 end")]
    [InlineData("  odd\u00a0spaces\t\u3000here\n!")]
    [InlineData("e\u0301te\u0301 \u0130stanbul stra\u00dfe \u0e44\u0e17\u0e22")]
    public void Tokens_are_cut_out_of_the_original_text(string text)
    {
        foreach (TextClassificationTransformer model in Models(text))
        {
            using (model)
            {
                TextAttribution found = model.Explain(text, options: new() { Steps = 3 });
                int end = 0;
                foreach (TokenAttribution token in found.Tokens)
                {
                    token.Text.Should().Be(text.Substring(token.Start, token.Length));
                    token.Start.Should().BeGreaterThanOrEqualTo(end, "places do not overlap");
                    end = token.Start + token.Length;
                    if (!token.Text.All(char.IsWhiteSpace)) token.Text.Should().Be(token.Text.TrimStart(), "the space before a word is no part of it");
                    char.IsLowSurrogate(token.Text[0]).Should().BeFalse();
                }
                // What is left between them is nothing that is read.
                string rest = found.Tokens.Reverse().Aggregate(text, (left, token) => left.Remove(token.Start, token.Length));
                if (model.Model is EncoderPredictor) rest.Where(c => !char.IsWhiteSpace(c) && c != '\u200d').Should().BeEmpty();
            }
        }
    }

    [Fact]
    public void Words_of_a_convolutional_network_are_those_of_the_text()
    {
        const string Text = "It's na\u00efve, \u5317\u4eac! \U0001F600 DON\u2019T go.";
        using TextClassificationTransformer words = RandomClassifier.Cnn(Text), characters = RandomClassifier.Cnn(Text, new() { Unit = WordUnit.Character }), spaced = RandomClassifier.Cnn(Text, new() { Unit = WordUnit.Whitespace });
        Tokens(words).Should().Equal("It's", "na\u00efve", "\u5317", "\u4eac", "DON\u2019T", "go");
        Tokens(spaced).Should().Equal("It's", "na\u00efve,", "\u5317\u4eac!", "\U0001F600", "DON\u2019T", "go.");
        Tokens(characters).Should().HaveCount(22).And.Contain("\U0001F600").And.Contain("\u00ef");

        static IEnumerable<string> Tokens(TextClassificationTransformer model) => model.Explain(Text, options: new() { Steps = 1 }).Tokens.Select(t => t.Text);
    }

    [Fact]
    public void Tokens_of_a_pair_say_in_which_text_they_stand()
    {
        foreach (VocabularySource vocabulary in (VocabularySource[])[RandomClassifier.WordPiece([English]), RandomClassifier.ByteLevel([English])])
        {
            using TextClassificationTransformer model = RandomClassifier.Encoder(vocabulary, s_pairs);
            TextAttribution both = model.Explain("a warm film", "thin plot", new() { Steps = 200 });
            string.Concat(both.Tokens.Where(t => !t.InPair).Select(t => t.Text)).Should().Be("awarmfilm");
            string.Concat(both.Tokens.Where(t => t.InPair).Select(t => t.Text)).Should().Be("thinplot");
            both.Tokens.First(t => t.InPair).Start.Should().Be(0);
            Gap(both).Should().BeLessThan(2e-3);
            model.Explain("", "thin plot", new() { Steps = 1 }).Tokens.Should().OnlyContain(t => t.InPair);
            FluentActions.Invoking(() => model.Explain("alone")).Should().Throw<ArgumentException>().WithMessage("Explain: there is no second text*'Text', 'Other'*give both*");
        }
        using TextClassificationTransformer single = RandomClassifier.Cnn(English);
        FluentActions.Invoking(() => single.Explain("one", "two")).Should().Throw<ArgumentException>().WithMessage("*trained on single ones ('Text'); leave pair null*");
    }

    [Fact]
    public void What_was_cut_is_not_explained_and_said_to_be_cut()
    {
        using TextClassificationTransformer head = RandomClassifier.Cnn(English, options: s_single with { MaxLength = 4 });
        using TextClassificationTransformer ends = RandomClassifier.Cnn(English, options: s_single with { MaxLength = 4, Truncation = TruncationStrategy.HeadAndTail });
        head.Explain(English).Tokens.Select(t => t.Text).Should().Equal("the", "plot", "is", "thin");
        ends.Explain(English).Tokens.Select(t => t.Text).Should().Equal("the", "and", "moving", "film");
        ends.Explain(English).Truncated.Should().BeTrue();
        head.Explain("the plot").Truncated.Should().BeFalse();
    }

    [Fact]
    public void A_text_without_tokens_has_no_values()
    {
        foreach (TextClassificationTransformer model in Models(English))
        {
            using (model)
            {
                TextAttribution nothing = model.Explain(" ");
                nothing.Tokens.Where(t => !string.IsNullOrWhiteSpace(t.Text)).Should().BeEmpty();
                Gap(nothing).Should().BeLessThan(1e-3);
            }
        }
    }

    [Fact]
    public void A_network_in_16_bits_is_explained_in_32()
    {
        foreach (TextClassificationTransformer model in Models(English, s_single with { Precision = ScoringPrecision.BFloat16 }))
        {
            using (model)
            {
                float[] before = Scores(model);
                TextAttribution found = model.Explain(English, options: new() { Steps = 300 });
                Gap(found).Should().BeLessThan(2e-3, "sixteen bits would be wrong by more");
                model.Model.Network.parameters().Select(p => p.dtype).Should().OnlyContain(type => type == torch.ScalarType.BFloat16);
                Scores(model).Should().Equal(before);
                found.Probability.Should().BeApproximately(before.Max(), 0.03);
            }
        }
    }

    [Fact]
    public void Nothing_is_left_behind_and_the_network_scores_as_before()
    {
        foreach (TextClassificationTransformer model in Models(English))
        {
            using (model)
            {
                float[] before = Scores(model);
                model.Explain(English);
                LiveTensors.ShouldLeaveNone(() => model.Explain(English));
                model.Model.Network.parameters().Count(p => p.grad is not null || p.requires_grad).Should().Be(0);
                Scores(model).Should().Equal(before);
            }
        }
    }

    [Fact]
    public void Many_threads_may_ask_while_others_score()
    {
        foreach (TextClassificationTransformer model in Models(English, s_single with { MaxParallelForwards = 2 }))
        {
            using (model)
            {
                float[] scores = Scores(model);
                float[] values = Values(model);
                Parallel.For(0, 12, new() { MaxDegreeOfParallelism = 4 }, i =>
                {
                    if (i % 2 == 0) Values(model).Zip(values, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-5f);
                    else Scores(model).Zip(scores, (a, b) => Math.Abs(a - b)).Max().Should().BeLessThan(1e-5f);
                });
                using IDisposable _ = torch.inference_mode();
                Values(model).Should().Equal(values, "the caller's own mode does not matter");
            }
        }

        static float[] Values(TextClassificationTransformer model) => [.. model.Explain(English, options: new() { Steps = 7, TokensPerBatch = 20 }).Tokens.Select(t => t.Value)];
    }

    [Fact]
    public void Wrong_options_and_a_disposed_network_are_named()
    {
        TextClassificationTransformer model = RandomClassifier.Cnn(English);
        Refused(new() { Steps = 0 }, "Explain: Steps is 0*1 or more*");
        Refused(new() { TokensPerBatch = 0 }, "*TokensPerBatch is 0*");
        Refused(new() { Baseline = (AttributionBaseline)7 }, "*Baseline is 7*Mask, Padding*");
        Refused(new() { Class = "d" }, "*Class is 'd'*'a', 'b', 'c'*");
        FluentActions.Invoking(() => model.Explain(null!)).Should().Throw<ArgumentNullException>();
        model.Dispose();
        FluentActions.Invoking(() => model.Explain(English)).Should().Throw<ObjectDisposedException>();

        void Refused(AttributionOptions options, string message) => FluentActions.Invoking(() => model.Explain(English, options: options)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    private static IEnumerable<TextClassificationTransformer> Models(string text, TextScoringOptions? options = null) =>
        [RandomClassifier.Encoder(RandomClassifier.WordPiece([text]), options), RandomClassifier.Encoder(RandomClassifier.ByteLevel([text]), options), RandomClassifier.Cnn(text, options: options)];

    private static double Gap(TextAttribution found) => Math.Abs(found.Sum - (found.Output - found.BaselineOutput));

    private float[] Scores(TextClassificationTransformer model) => model.Transform(_ml.Data.LoadFromEnumerable([new TinyTexts.Row { Text = English }])).GetColumn<float[]>("Score").Single();
}
