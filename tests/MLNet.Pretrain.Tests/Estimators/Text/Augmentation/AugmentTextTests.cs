using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Distillation;
using MLNet.Pretrain.Tests.Conformance;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Estimators.Text.Augmentation;

/// <summary>New texts of given ones: how much of them changes, into what, and what stays.</summary>
public sealed partial class AugmentTextTests(AugmentTextTests.Sources sources) : IClassFixture<AugmentTextTests.Sources>
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void A_word_of_one_token_becomes_one_of_those_that_the_model_itself_finds_likeliest_there()
    {
        const int candidates = 3;
        string[] words = ["a", "fine", "warm", "film"];
        string[][] copies = [.. Copies(string.Join(' ', words), new() { LanguageModel = sources.Model, Copies = 100, Candidates = candidates, ReplacementProbability = 0.5 }).Select(c => c.Split(' '))];
        for (int at = 0; at < words.Length; at++)
        {
            string hidden = string.Join(' ', words.Select((w, i) => i == at ? "[MASK]" : w));
            IEnumerable<string> likeliest = sources.Model.FillMask(hidden, sources.Model.Model.Tokenizer.VocabSize)[0].Select(w => w.Word).Where(w => w.All(char.IsLetterOrDigit) && w != words[at]).Take(candidates);
            copies.Select(c => c[at]).Where(w => w != words[at]).Distinct().Should().BeEquivalentTo(likeliest, hidden);
        }
    }

    [Fact]
    public void Words_are_replaced_and_hidden_as_often_as_was_asked_and_all_neighbours_alike()
    {
        // 4000 words to draw for; within four standard deviations.
        string[] words = [.. Enumerable.Range(0, 100).Select(i => sources.Names[i % sources.Names.Length])];
        const int candidates = 5;
        string[][] copies = [.. Copies(string.Join(' ', words), new() { Vectors = sources.VectorFile, Copies = 40, Candidates = candidates, ReplacementProbability = 0.3, MaskProbability = 0.1 }).Select(c => c.Split(' '))];
        copies.Should().HaveCount(40);
        int[] ranks = new int[candidates];
        int masked = 0;
        foreach (string[] copy in copies)
        {
            for (int i = 0; i < words.Length; i++)
            {
                if (copy[i] == "[MASK]") masked++;
                else if (copy[i] != words[i]) ranks[sources.Nearest(words[i], candidates).IndexOf(copy[i])]++;
            }
        }
        masked.Should().BeInRange(400 - 76, 400 + 76);
        ranks.Sum().Should().BeInRange(1200 - 116, 1200 + 116);
        ranks.Should().OnlyContain(n => n > 240 - 60 && n < 240 + 60);
    }

    [Fact]
    public void White_space_punctuation_and_case_stay_and_words_of_several_tokens_are_left_to_the_vectors()
    {
        const string Text = "  A fine,\twarm FILM!\n(Alpha) isn't\u00a0zzzq \U0001F600 ALPHA\u3002";
        string[] copies = Copies(Text, new() { LanguageModel = sources.Model, Vectors = sources.VectorFile, Copies = 30, ReplacementProbability = 0.7 });
        copies.Should().HaveCountGreaterThan(20);
        string[] original = [.. Words().Matches(Text).Select(m => m.Value)];
        foreach (string copy in copies)
        {
            Words().Split(copy).Should().Equal(Words().Split(Text));
            string[] words = [.. Words().Matches(copy).Select(m => m.Value)];
            for (int i = 0; i < words.Length; i++)
            {
                char.IsUpper(words[i][0]).Should().Be(char.IsUpper(original[i][0]), copy);
                // A single letter is as much in capitals as with one.
                if (words[i].Length > 1 && original[i].Length > 1) (words[i] == words[i].ToUpperInvariant()).Should().Be(original[i] == original[i].ToUpperInvariant(), copy);
            }
            words[6].Should().Be("zzzq", "neither knows it");
            if (words[4] != "Alpha") sources.Nearest("alpha", 15).Should().Contain(words[4].ToLowerInvariant());
        }
        copies.Select(c => Words().Matches(c)[1].Value).Distinct().Should().HaveCountGreaterThan(3);
        copies.Select(c => Words().Matches(c)[4].Value).Distinct().Should().HaveCountGreaterThan(3);
        Copies("filmwarm zzzq film", new() { LanguageModel = sources.Model, ReplacementProbability = 1 }).Should().OnlyContain(c => c.StartsWith("filmwarm zzzq ", StringComparison.Ordinal) && !c.EndsWith(" film", StringComparison.Ordinal));
    }

    [Fact]
    public void Words_of_a_byte_level_vocabulary_keep_their_spaces()
    {
        using TextEncoderTransformer roberta = Sources.Pretrain(_ml, TinyTexts.Encoder with
        {
            VocabularySize = null,
            Vocabulary = new BpeTrainer(new() { VocabularySize = 330, SpecialTokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"] }).Train(TinyTexts.Rows().Select(r => r.Text)),
        });
        const string Text = "a fine warm film, and a dull  cold film";
        string[] copies = Copies(Text, new() { LanguageModel = roberta, MaskProbability = 0.2 });
        copies.Should().HaveCount(10).And.OnlyContain(c => MaskOrWord().Replace(c, "x") == MaskOrWord().Replace(Text, "x"));
        copies.Should().Contain(c => c.Contains("<mask>", StringComparison.Ordinal));
    }

    [Fact]
    public void A_text_longer_than_the_model_takes_changes_from_its_start_to_its_end_and_as_it_would_alone()
    {
        string[] words = [.. Enumerable.Range(0, 150).Select(i => (string[])["good", "film", "cold", "warm"]).SelectMany(w => w).Take(150)];
        var options = new TextAugmentationOptions { LanguageModel = sources.Model, Copies = 3, Seed = 4, KeepOriginals = false };
        string[] alone = Copies(string.Join(' ', words), options);
        IDataView among = _ml.Data.AugmentText(View([string.Join(' ', words), .. TinyTexts.Rows(40).Select(r => r.Text)]), "Text", options);
        among.GetColumn<string>("Text").Take(3).Should().Equal(alone);
        foreach (string copy in alone)
        {
            bool[] changed = [.. copy.Split(' ').Zip(words, (a, b) => a != b)];
            foreach (bool[] part in changed.Chunk(30)) part.Count(c => c).Should().BeInRange(3, 24);
        }
    }

    [Fact]
    public void Every_reading_gives_the_same_rows_with_all_else_of_theirs()
    {
        TinyTexts.Row[] originals = [.. TinyTexts.Rows(700).Select((r, i) => new TinyTexts.Row { Text = r.Text, Flag = r.Flag, Category = "row " + i })];
        IDataView data = _ml.Data.LoadFromEnumerable(originals);
        var options = new TextAugmentationOptions { Vectors = sources.VectorFile, MaskProbability = 0.3, Copies = 3, Seed = 7 };
        IDataView view = _ml.Data.AugmentText(data, "Text", options);
        string[] columns = ["Text", "Category", "Flag"];
        List<(DataViewRowId Id, object[] Values)> rows = RowReader.Read(view, columns);
        rows.Should().HaveCount((int)view.GetRowCount()!.Value).And.HaveCountGreaterThan(1400);
        rows.Select(r => r.Id).Should().OnlyHaveUniqueItems();
        RowReader.ShouldAgree(RowReader.Read(view, columns).Select(r => r.Values), rows.Select(r => r.Values), "a second reading");
        RowReader.ShouldAgree(RowReader.Read(view, ["Flag"]).Select(r => r.Values), rows.Select(r => r.Values[2..]), "one column");
        using (DataViewRowCursor cursor = view.GetRowCursorSet([view.Schema["Text"]], 4).Single())
            RowReader.Read(cursor, [view.Schema["Text"]]).Select(r => r.Values[0]).Should().Equal(rows.Select(r => r.Values[0]));
        Texts(_ml.Data.AugmentText(data, "Text", options)).Should().Equal(Texts(view));
        Texts(_ml.Data.AugmentText(data, "Text", options with { Seed = 8 })).Should().NotEqual(Texts(view));

        // Each original in its place, its copies behind it, which differ from it and from each other.
        IGrouping<object, object[]>[] groups = [.. rows.Select(r => r.Values).GroupBy(v => v[1])];
        rows.Select(r => r.Values[1]).Should().Equal(groups.SelectMany(g => g.Select(v => v[1])));
        groups.Select(g => ((string)g.First()[0], (string)g.Key)).Should().Equal(originals.Select(r => (r.Text, r.Category)));
        groups.Should().OnlyContain(g => g.Select(v => v[0]).Distinct().Count() == g.Count() && g.Select(v => v[2]).Distinct().Count() == 1);
        _ml.Data.AugmentText(data, "Text", options with { KeepOriginals = false }).GetRowCount().Should().Be(rows.Count - originals.Length);
    }

    [Fact]
    public void Texts_are_cut_to_successive_words_and_empty_ones_come_alone()
    {
        const string Text = "a fine,  warm film -- and a dull cold one";
        string[] copies = Copies(Text, new() { ReplacementProbability = 0, NgramProbability = 1, Copies = 60 });
        copies.Should().OnlyContain(c => Text.Contains(c, StringComparison.Ordinal) && char.IsLetter(c.First()) && char.IsLetter(c.Last()));
        copies.Select(c => Words().Count(c)).Distinct().Should().BeEquivalentTo([1, 2, 3, 4, 5]);
        Texts(_ml.Data.AugmentText(View(["", " ! ", "one two"]), "Text", new() { ReplacementProbability = 0, MaskProbability = 0.5, Seed = 1 })).Take(3).Should().Equal("", " ! ", "one two");
    }

    [Fact]
    public void A_student_learns_from_augmented_texts()
    {
        IDataView data = TinyTexts.View(_ml, 40);
        ITransformer teacher = _ml.Transforms.Text.FeaturizeText("Features", "Text").Append(_ml.BinaryClassification.Trainers.SdcaLogisticRegression("Flag")).Fit(data);
        IDataView more = _ml.Data.AugmentText(data, "Text", new() { LanguageModel = sources.Model, Copies = 4, Seed = 1 });
        var log = new List<string>();
        _ml.Log += (_, e) => log.Add(e.Message);
        using TextClassificationTransformer student = _ml.BinaryClassification.Trainers.DistillText(
            DistillationTeacher.Of(teacher), TinyTexts.Encoder, new() { LabelColumnName = "Flag", MaxSteps = 2, MaxLength = 24, Seed = 1 }, new() { TransferData = more }).Fit(data);
        string expected = $"answered to {40 + more.GetRowCount()} rows";
        log.Should().Contain(line => line.Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_native_is_left_behind() =>
        LiveTensors.ShouldLeaveNone(() => Copies("a fine warm film and a dull cold film", new() { LanguageModel = sources.Model }));

    [Fact]
    public void What_cannot_be_done_is_refused()
    {
        Refused(new()).WithMessage("AugmentText: ReplacementProbability is 0.4, but nothing proposes words; give a LanguageModel, Vectors or both*");
        Refused(new() { ReplacementProbability = 0 }).WithMessage("*are all 0; expected one above it*");
        Refused(new() { ReplacementProbability = 0, NgramProbability = 1, Vectors = sources.VectorFile }).WithMessage("*Vectors is set, but ReplacementProbability is 0*");
        Refused(new() { ReplacementProbability = 0, NgramProbability = 1, LanguageModel = sources.Model }).WithMessage("*LanguageModel is set, but ReplacementProbability and MaskProbability are 0*");
        Refused(new() { Copies = 0 }).WithMessage("*Copies is 0; expected 1 or more*");
        Refused(new() { Candidates = 0 }).WithMessage("*Candidates is 0; expected 1 or more*");
        Refused(new() { ReplacementProbability = 1.5 }).WithMessage("*ReplacementProbability is 1.5; expected a number in [0, 1]*");
        Refused(new() { MaskProbability = double.NaN }).WithMessage("*MaskProbability is NaN*");
        Refused(new() { NgramProbability = -1 }).WithMessage("*NgramProbability is -1*");
        Refused(new() { MaskProbability = 0.7 }).WithMessage("*expected 1 at most together*");
        Refused(new() { Vectors = sources.VectorFile }, "Flag").WithMessage("Column 'Flag' is Boolean; AugmentText reads Text*");
        Refused(new() { Vectors = sources.VectorFile }, "Sentence").WithMessage("AugmentText reads column 'Sentence', which is not in the data*");
        using TextEncoderTransformer headless = _ml.Transforms.Text.EncodeText("Vector", "Text", TinyTexts.Encoder).Fit(TinyTexts.View(_ml, 8));
        Refused(new() { LanguageModel = headless }).WithMessage("*LanguageModel has no masked-language-model head*PretrainBert*");
        FluentActions.Invoking(() => Copies("zzzq", new() { Vectors = sources.VectorFile })).Should().Throw<InvalidOperationException>().WithMessage("*none of the 1 texts of column 'Text' changes*");
        FluentActions.Invoking(() => _ml.Data.AugmentText(View([]), "Text", new() { Vectors = sources.VectorFile })).Should().Throw<InvalidOperationException>().WithMessage("*there are no rows*");

        FluentAssertions.Specialized.ExceptionAssertions<ArgumentException> Refused(TextAugmentationOptions options, string column = "Text") =>
            FluentActions.Invoking(() => _ml.Data.AugmentText(TinyTexts.View(_ml, 8), column, options)).Should().Throw<ArgumentException>();
    }

    [Fact]
    public void Data_that_are_not_what_they_were_are_told()
    {
        List<TinyTexts.Row> rows = [.. TinyTexts.Rows(8)];
        IDataView view = _ml.Data.AugmentText(_ml.Data.LoadFromEnumerable(rows), "Text", new() { ReplacementProbability = 0, MaskProbability = 0.5 });
        rows.RemoveAt(7);
        FluentActions.Invoking(() => Texts(view)).Should().Throw<InvalidOperationException>().WithMessage("AugmentText: the data have fewer than 8 rows now*");
        rows.AddRange(TinyTexts.Rows(2));
        FluentActions.Invoking(() => Texts(view)).Should().Throw<InvalidOperationException>().WithMessage("*have more than 8 rows now*");
    }

    private string[] Copies(string text, TextAugmentationOptions options) => Texts(_ml.Data.AugmentText(View([text]), "Text", options with { KeepOriginals = false, Seed = options.Seed ?? 1 }));

    private IDataView View(IEnumerable<string> texts) => _ml.Data.LoadFromEnumerable(texts.Select(t => new TinyTexts.Row { Text = t }));

    private static string[] Texts(IDataView view) => [.. view.GetColumn<string>("Text")];

    [GeneratedRegex(@"[\p{L}\p{Nd}]+('[\p{L}\p{Nd}]+)*")]
    private static partial Regex Words();

    [GeneratedRegex(@"<mask>|\w+")]
    private static partial Regex MaskOrWord();

    /// <summary>A tiny masked language model, and vectors drawn at random whose neighbours are found here by plain cosines.</summary>
    public sealed class Sources : IDisposable
    {
        private const int Size = 8;

        private readonly TestFolder _folder = new();
        private readonly float[][] _vectors;

        public Sources()
        {
            Names = ["alpha", "beta", "gamma", "delta", "good", "bad", "warm", "cold", "film", "dull", .. Enumerable.Range(0, 30).Select(i => "word" + (char)('a' + i % 26) + (char)('a' + i / 26))];
            var random = new Random(3);
            _vectors = [.. Names.Select(_ => Enumerable.Range(0, Size).Select(_ => MathF.Round(random.NextSingle() - 0.5f, 4)).ToArray())];
            File.WriteAllLines(VectorFile, [$"{Names.Length} {Size}", .. Names.Zip(_vectors, (name, vector) => $"{name} {string.Join(' ', vector.Select(v => v.ToString(CultureInfo.InvariantCulture)))}")]);
            Model = Pretrain(new MLContext(seed: 1), TinyTexts.Encoder);
        }

        public string[] Names { get; }

        public string VectorFile => _folder.File("vectors.txt");

        public TextEncoderTransformer Model { get; }

        public static TextEncoderTransformer Pretrain(MLContext ml, ScratchEncoder encoder) =>
            ml.Transforms.Text.PretrainBert("Vector", "Text", new PretrainBertOptions { Encoder = encoder, MaxSteps = 2, MaxLength = 32, Seed = 1 }).Fit(TinyTexts.View(ml));

        /// <summary>The names nearest to one, nearest first.</summary>
        public List<string> Nearest(string name, int count)
        {
            float[] own = _vectors[Array.IndexOf(Names, name)];
            return [.. Names.Zip(_vectors).Where(n => n.First != name).OrderByDescending(n => Cosine(own, n.Second)).Take(count).Select(n => n.First)];
        }

        public void Dispose()
        {
            Model.Dispose();
            _folder.Dispose();
        }

        private static double Cosine(float[] a, float[] b) => a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
    }
}
