using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Estimators.Text;

public sealed class FineTuneQuestionAnsweringTests : IDisposable
{
    private static readonly string[] s_colours = ["red", "blue", "green", "black", "white"], s_animals = ["dog", "cat", "horse", "cow"], s_fillers = ["the", "sun", "shines", "on", "every", "house"];
    private static readonly Lazy<QuestionAnsweringTransformer> s_fitted = new(() => Fit(Rows(2000, 1), Options(800)));

    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_learns_to_point_at_what_is_asked_for_and_says_where_it_stands()
    {
        Row[] asked = Rows(100, 2);
        IDataView answered = s_fitted.Value.Transform(_ml.Data.LoadFromEnumerable(asked));
        string[] answers = [.. answered.GetColumn<ReadOnlyMemory<char>>("PredictedAnswer").Select(a => a.ToString())];
        answers.Zip(asked).Count(p => p.First == p.Second.Answer).Should().BeGreaterThan(90);
        int[] starts = [.. answered.GetColumn<int>("PredictedAnswerStart")], lengths = [.. answered.GetColumn<int>("PredictedAnswerLength")];
        for (int i = 0; i < asked.Length; i++) asked[i].Context.Substring(starts[i], lengths[i]).Should().Be(answers[i]);
    }

    [Fact]
    public void An_answer_at_the_end_of_a_context_of_four_thousand_words_is_found_in_flat_memory()
    {
        string filler = string.Join(' ', Enumerable.Repeat("the sun shines on every house", 700));
        string context = $"{filler} on the green house";
        QuestionAnsweringTransformer model = s_fitted.Value;
        TextAnswer answer = model.Answers("which colour", context)[0];
        answer.Text.Should().Be("green");
        answer.Start.Should().Be(context.IndexOf("green", StringComparison.Ordinal));

        string longer = string.Join(' ', Enumerable.Repeat(context, 10));
        LiveTensors.ShouldLeaveNone(() => model.Answers("which colour", longer));
    }

    [Fact]
    public void Several_answers_come_the_best_first_and_each_once()
    {
        IReadOnlyList<TextAnswer> answers = s_fitted.Value.Answers("which colour", Rows(1, 5)[0].Context, 5);
        answers.Should().HaveCount(5).And.BeInDescendingOrder(a => a.Score);
        answers.Select(a => (a.Start, a.Text.Length)).Should().OnlyHaveUniqueItems();
        s_fitted.Value.Answers("which colour", "").Should().BeEmpty();
        s_fitted.Value.Answers("", "the red house").Should().HaveCount(1);
    }

    [Fact]
    public void Every_answer_is_cut_exactly_out_of_texts_with_accents_ideographs_and_emoji()
    {
        var random = new Random(3);
        string[] parts = ["Ünïcödé", "naïve", "北京", "天气很好", "👩‍👧", "🎉", "e\u0301tude", " ", "\t", "\u00a0", "\u3000", "sun", "on", "red", "…", "«", "ﬁ", "İ"];
        for (int i = 0; i < 300; i++)
        {
            string context = string.Concat(Enumerable.Range(0, 12).Select(_ => parts[random.Next(parts.Length)] + (random.Next(2) == 0 ? " " : "")));
            foreach (TextAnswer answer in s_fitted.Value.Answers("which colour", context, 3))
            {
                context.Substring(answer.Start, answer.Text.Length).Should().Be(answer.Text);
                answer.Text.Should().Be(answer.Text.Trim(), "an answer is words, not the space around them");
                answer.Text.Should().NotBeEmpty();
            }
        }
    }

    [Fact]
    public void Windows_hold_every_token_and_a_label_stands_at_the_answer()
    {
        using QuestionAnsweringTransformer model = Fit(Rows(20, 1), Options(1));
        model.SaveCheckpoint(_folder.File("checkpoint"));
        SequenceTokenizer tokenizer = SequenceTokenizer.Load(_folder.File("checkpoint"));
        string context = string.Join(' ', Enumerable.Range(0, 50).Select(i => s_colours[i % 5]));
        foreach (int stride in (int[])[1, 7, 1000])
        {
            var windows = new QuestionWindows(tokenizer, 24, stride, 8);
            windows.Read("which colour and why and since when and where", context);
            windows.Prefix.Should().Be(1 + 8 + 1);
            var seen = new HashSet<int>();
            for (int window = 0; window < windows.Count; window++)
            {
                (int first, int count) = windows.Part(window);
                count.Should().BePositive();
                seen.UnionWith(Enumerable.Range(first, count));
                windows.Ids(window).Length.Should().Be(windows.Prefix + count + 1).And.BeLessThanOrEqualTo(24);
                windows.Ids(window)[^1].Should().Be(tokenizer.SepTokenId);
            }
            seen.Should().HaveCount(windows.Offsets.Length);
        }
    }

    [Fact]
    public void Rows_without_an_answer_are_learnt_where_they_are_allowed()
    {
        Row[] rows = [.. Rows(200, 1).Select((row, i) => i % 2 == 0 ? row : row with { Question = "house every", Answer = "", AnswerStart = -1 })];
        FineTuneQuestionAnsweringOptions options = Options(400);
        (options.AllowNoAnswer, options.Scoring) = (true, options.Scoring with { NoAnswerThreshold = 0 });
        using QuestionAnsweringTransformer model = Fit(rows, options);
        model.Answers("house every", rows[0].Context).Should().BeEmpty();
        model.Answers(rows[0].Question, rows[0].Context).Should().ContainSingle().Which.Text.Should().Be(rows[0].Answer);
        IDataView answered = model.Transform(_ml.Data.LoadFromEnumerable([rows[1], rows[1] with { Context = "" }]));
        answered.GetColumn<int>("PredictedAnswerStart").Should().Equal(-1, -1);
        answered.GetColumn<ReadOnlyMemory<char>>("PredictedAnswer").Select(a => a.ToString()).Should().Equal("", "");
        float[] scores = [.. answered.GetColumn<float>("Score")];
        scores[0].Should().BeNegative().And.NotBe(float.MinValue, "the score of the best answer stands beside none");
        scores[1].Should().Be(float.MinValue);
    }

    [Fact]
    public void A_saved_model_answers_the_same_and_its_checkpoint_is_hugging_faces()
    {
        IDataView asked = _ml.Data.LoadFromEnumerable(Rows(20, 4));
        _ml.Model.Save(s_fitted.Value, asked.Schema, _folder.File("model.zip"));
        ITransformer loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
        using var owned = (IDisposable)loaded;
        loaded.Transform(asked).GetColumn<float>("Score").Should().Equal(s_fitted.Value.Transform(asked).GetColumn<float>("Score"));
        ((QuestionAnsweringTransformer)loaded).Options.Should().Be(s_fitted.Value.Options);
        s_fitted.Value.SaveCheckpoint(_folder.File("checkpoint"));
        File.ReadAllText(Path.Combine(_folder.File("checkpoint"), "config.json")).Should().Contain("BertForQuestionAnswering");
    }

    [Fact]
    public void Evaluations_tell_overlap_and_exact_matches_of_windows()
    {
        var seen = new List<IReadOnlyDictionary<string, double>>();
        FineTuneQuestionAnsweringOptions options = Options(800);
        (options.ValidationFraction, options.Progress) = (0.2, new Reporter(p => { if (p.Metrics is { } m) seen.Add(m); }));
        Fit(Rows(600, 1), options).Dispose();
        seen[^1]["ExactMatch"].Should().BeGreaterThan(0.6);
        seen[^1]["F1"].Should().BeGreaterThanOrEqualTo(seen[^1]["ExactMatch"]);
        seen[^1]["Loss"].Should().BeLessThan(seen[0]["Loss"]);
    }

    [Fact]
    public void Bad_input_is_refused()
    {
        Row row = Rows(1, 1)[0];
        Refused<InvalidOperationException>(Options(1), row with { Answer = "purple" }).WithMessage("*in row 0 the answer 'purple' does not stand at * of the context, nor elsewhere in it*");
        Refused<InvalidOperationException>(Options(1), row with { AnswerStart = row.AnswerStart + 1 }).WithMessage($"*does not stand at {row.AnswerStart + 1} of the context, but at {row.AnswerStart}*");
        Refused<InvalidOperationException>(Options(1), row with { AnswerStart = -5 }).WithMessage("*does not stand at -5*");
        Refused<InvalidOperationException>(Options(1), row with { Answer = " " }).WithMessage("*the answer is empty; expected one, or AllowNoAnswer*");
        Refused<InvalidOperationException>(Options(1)).WithMessage("*no training rows*");
        FineTuneQuestionAnsweringOptions narrow = Options(1);
        narrow.Scoring = narrow.Scoring with { MaxLength = 12, MaxQuestionLength = 10 };
        FineTuneQuestionAnsweringOptions wide = Options(1);
        wide.Scoring = wide.Scoring with { MaxLength = 384, MaxQuestionLength = 60 };
        bool begun = false;
        wide.Progress = new Reporter(_ => begun = true);
        Refused<ArgumentException>(wide, row).WithMessage("*a window has 48 tokens*expected more than MaxQuestionLength, which is 60*");
        begun.Should().BeFalse();
        Refused<ArgumentException>(narrow, row).WithMessage("*MaxLength is 12; expected 0, or more than MaxQuestionLength (10)*");
        FluentActions.Invoking(() => _ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(TinyTexts.Encoder, Options(1)).Fit(_ml.Data.LoadFromEnumerable([new { Question = "a", Context = "b", Answer = "b", AnswerStart = "0" }])))
            .Should().Throw<ArgumentException>().WithMessage("*'AnswerStart' is String*an integer type*");
        FluentActions.Invoking(() => _ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(TinyTexts.Encoder, Options(1)).Fit(_ml.Data.LoadFromEnumerable([new { Question = "a", Context = "b", Answer = "b", AnswerStart = 0.5 }])))
            .Should().Throw<InvalidOperationException>().WithMessage("*does not stand at 0.5 of the context, but at 0*");
    }

    [Fact]
    public void The_answers_place_may_be_any_type_of_number()
    {
        Starts(0f);
        Starts(0.0);
        Starts(0L);

        void Starts<T>(T zero) => _ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(TinyTexts.Encoder with { MaxPositions = 48 }, Options(1)).Fit(_ml.Data.LoadFromEnumerable([new { Question = "a", Context = "b a", Answer = "b", AnswerStart = zero }])).Dispose();
    }

    private static FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(FineTuneQuestionAnsweringOptions options, params Row[] rows) where T : Exception =>
        FluentActions.Invoking(() => Fit(rows, options).Dispose()).Should().Throw<T>();

    private static QuestionAnsweringTransformer Fit(Row[] rows, FineTuneQuestionAnsweringOptions options)
    {
        var ml = new MLContext(seed: 1);
        return ml.MulticlassClassification.Trainers.FineTuneQuestionAnswering(TinyTexts.Encoder with { HiddenSize = 32, MaxPositions = 48 }, options).Fit(ml.Data.LoadFromEnumerable(rows));
    }

    private static FineTuneQuestionAnsweringOptions Options(int steps) => new()
    {
        AnswerStartColumnName = "AnswerStart",
        Scoring = new() { MaxLength = 32, Stride = 8, MaxQuestionLength = 8, MaxAnswerLength = 3 },
        MinSteps = steps,
        MaxSteps = steps,
        BatchSize = 16,
        LearningRate = 3e-3,
        Dropout = 0,
        Seed = 1,
    };

    // "the red sun dog shines": which colour, which animal?
    private static Row[] Rows(int rows, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, rows).Select(_ =>
        {
            string colour = s_colours[random.Next(s_colours.Length)], animal = s_animals[random.Next(s_animals.Length)];
            string[] words = [colour, animal, .. Enumerable.Range(0, 6).Select(_ => s_fillers[random.Next(s_fillers.Length)])];
            random.Shuffle(words);
            bool ofColour = random.Next(2) == 0;
            string answer = ofColour ? colour : animal;
            int place = Array.IndexOf(words, answer);
            return new Row { Question = $"which {(ofColour ? "colour" : "animal")}", Context = string.Join(' ', words), Answer = answer, AnswerStart = words.Take(place).Sum(w => w.Length + 1) };
        })];
    }

    private sealed record Row
    {
        public string Question { get; set; } = "";

        public string Context { get; set; } = "";

        public string Answer { get; set; } = "";

        public int AnswerStart { get; set; }
    }
}
