using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public class BadInputTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_loss_that_is_no_number_ends_training_with_the_step_and_advice()
    {
        FineTuneTextOptions options = new() { LabelColumnName = "Flag", LearningRate = 1e30, WarmupRatio = 0, MaxGradientNorm = 0, MaxLength = 24, BatchSize = 4, Seed = 1 };
        _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options).Invoking(t => t.Fit(TinyTexts.View(_ml)))
            .Should().Throw<TrainingDivergedException>().WithMessage("*step*").Which.Step.Should().BeInRange(1, 100);
    }

    [Theory]
    [InlineData(TruncationStrategy.LongestFirst)]
    [InlineData(TruncationStrategy.HeadAndTail)]
    public void A_text_of_a_million_characters_is_cut_to_the_limit(TruncationStrategy truncation)
    {
        TinyTexts.Row[] rows = [.. new[] { new string('a', 1_000_000), string.Concat(Enumerable.Repeat("film ", 200_000)), new string('\u4e2d', 1_000_000), "film" }.Select(t => new TinyTexts.Row { Text = t })];
        using TextEncoderTransformer encoder = _ml.Transforms.Text.EncodeText(TinyTexts.Encoder, new() { OutputColumnName = "Vector", TokensColumnName = "Tokens", InputColumnName = "Text", Truncation = truncation, MaxLength = 24 }).Fit(TinyTexts.View(_ml));
        IDataView scored = encoder.Transform(_ml.Data.LoadFromEnumerable(rows));
        var clock = Stopwatch.StartNew();
        scored.GetColumn<float[]>("Vector").Should().HaveCount(4).And.OnlyContain(v => v.All(float.IsFinite));
        clock.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20), "the work must grow with the text, not with its square");
        scored.GetColumn<VBuffer<float>>("Tokens").Select(t => t.Length / 16).Should().OnlyContain(tokens => tokens <= 24);
    }

    [Fact]
    public void A_limit_beyond_the_encoders_positions_is_refused() =>
        _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder, maxLength: 512).Invoking(e => e.Fit(TinyTexts.View(_ml)))
            .Should().Throw<ArgumentException>().WithMessage("*MaxLength is 512, but the encoder has positions for 32*");

    [Fact]
    public void Data_without_rows_is_refused()
    {
        IDataView none = _ml.Data.LoadFromEnumerable(Array.Empty<TinyTexts.Row>());
        _ml.BinaryClassification.Trainers.FineTuneText("Flag", "Text", TinyTexts.Encoder, maxLength: 24).Invoking(t => t.Fit(none)).Should().Throw<InvalidOperationException>().WithMessage("*expected*");
    }

    [Fact]
    public void Options_out_of_range_are_refused_by_name_before_anything_is_read()
    {
        (Action<FineTuneTextOptions> Set, string Message)[] cases =
        [
            (o => o.Epochs = 0, "*Epochs is 0; expected a number above 0*"),
            (o => o.BatchSize = 0, "*BatchSize is 0*"),
            (o => o.LearningRate = double.NaN, "*LearningRate is NaN*"),
            (o => o.WarmupRatio = 1, "*WarmupRatio is 1; expected a number in*"),
            (o => o.LayerLearningRateDecay = 0, "*LayerLearningRateDecay is 0*"),
            (o => o.Dropout = 1, "*Dropout is 1*"),
            (o => o.LabelSmoothing = -0.1, "*LabelSmoothing is -0*"),
            (o => o.MinSteps = -1, "*MinSteps is -1*"),
            (o => (o.MinSteps, o.MaxSteps) = (10, 5), "*MaxSteps is 5; expected null or no less than MinSteps, which is 10*"),
            (o => o.Resume = true, "*Resume is True; expected false, or a CheckpointDirectory*"),
            (o => o.Device = "tpu", "*Device is 'tpu'*"),
            (o => o.Threads = 0, "*Threads is 0*"),
            (o => o.ClassWeights = [1, double.NaN], "*ClassWeights*above 0*"),
            (o => o.MaxLength = 2, "*MaxLength is 2*"),
        ];
        foreach ((Action<FineTuneTextOptions> set, string message) in cases)
        {
            FineTuneTextOptions options = new();
            set(options);
            FluentActions.Invoking(() => _ml.BinaryClassification.Trainers.FineTuneText(TinyTexts.Encoder, options)).Should().Throw<ArgumentException>().WithMessage(message);
        }
    }
}
