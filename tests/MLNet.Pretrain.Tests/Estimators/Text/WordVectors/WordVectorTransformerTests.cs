using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Search;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text.WordVectorFamily;

/// <summary>Texts' vectors against stock ML.NET and against the formulas written out anew.</summary>
public sealed class WordVectorTransformerTests : IDisposable
{
    private static readonly MLContext s_ml = new(1);
    private static readonly string[] s_texts = ["red green blue", "green green", "blue sky nobody knows", "", "red sky", "sky sky sky red unknown"];
    private readonly TestFolder _folder = new();
    private readonly WordVectors _vectors;

    public WordVectorTransformerTests()
    {
        var random = new Random(3);
        File.WriteAllLines(_folder.File("v.txt"), ((string[])["red", "green", "blue", "sky"]).Select(word => word + string.Concat(Enumerable.Range(0, 5).Select(_ => string.Create(CultureInfo.InvariantCulture, $" {random.NextSingle() - 0.5f}")))));
        _vectors = WordVectors.Load(_folder.File("v.txt"));
    }

    [Fact]
    public void Minimum_mean_and_maximum_are_those_of_stock_ApplyWordEmbedding()
    {
        IDataView tokens = s_ml.Transforms.Text.TokenizeIntoWords("Tokens", "Text").Fit(View()).Transform(View());
        float[][] stock = [.. s_ml.Transforms.Text.ApplyWordEmbedding("Features", _folder.File("v.txt"), "Tokens").Fit(tokens).Transform(tokens).GetColumn<float[]>("Features")];
        float[][] ours = Score(WordVectorPooling.MinMeanMax);
        for (int row = 0; row < s_texts.Length; row++)
        {
            // Stock leaves the largest floats for a text without known words; ours are zeros, which a trainer survives.
            if (s_texts[row].Length == 0) ours[row].Should().OnlyContain(v => v == 0);
            else ours[row].Should().Equal(stock[row], (a, b) => Math.Abs(a - b) < 1e-6, $"of '{s_texts[row]}'");
        }
    }

    [Fact]
    public void The_mean_leaves_unknown_words_out()
    {
        float[][] means = Score(WordVectorPooling.Mean);
        means[2].Should().Equal(Add(_vectors["blue"], _vectors["sky"]).Select(v => v / 2), (a, b) => Math.Abs(a - b) < 1e-6);
        means[3].Should().OnlyContain(v => v == 0, "an empty text has no words");
    }

    [Fact]
    public void Tokens_are_the_vectors_of_known_words_in_order()
    {
        float[][] stacks = Score(WordVectorPooling.Tokens);
        stacks[2].Should().Equal([.. _vectors["blue"], .. _vectors["sky"]]);
        stacks[3].Should().BeEmpty();
    }

    [Fact]
    public void Inverse_document_frequency_weighs_as_scikit_learns_does()
    {
        // ln((1 + 6) / (1 + texts with the word)) + 1: red 3, sky 3, green 2, blue 2.
        double red = Math.Log(7 / 4.0) + 1, green = Math.Log(7 / 3.0) + 1, blue = green;
        float[] expected = [.. Enumerable.Range(0, 5).Select(i => (float)((red * _vectors["red"][i] + green * _vectors["green"][i] + blue * _vectors["blue"][i]) / (red + green + blue)))];
        Score(WordVectorPooling.TfIdf)[0].Should().Equal(expected, (a, b) => Math.Abs(a - b) < 1e-6);
    }

    [Theory]
    [InlineData(1e-3)]
    [InlineData(1)]
    public void Smooth_inverse_frequency_is_Aroras_algorithm(double a)
    {
        string[][] words = [.. s_texts.Select(t => t.Split(' ').Where(_vectors.Contains).ToArray())];
        Dictionary<string, int> counts = words.SelectMany(w => w).CountBy(w => w).ToDictionary();
        double total = counts.Values.Sum();
        double[,] averages = new double[s_texts.Length, 5];
        for (int row = 0; row < words.Length; row++)
            foreach (string word in words[row])
                for (int i = 0; i < 5; i++) averages[row, i] += a / (a + counts[word] / total) * _vectors[word][i] / words[row].Length;
        using var scope = NewDisposeScope();
        Tensor x = tensor(averages);
        Tensor direction = linalg.svd(x, false).Vh[0];
        Tensor expected = x - x.matmul(direction).unsqueeze(1) * direction;
        float[][] ours = Score(_vectors, WordVectorPooling.SmoothInverseFrequency, a, s_texts);
        for (int row = 0; row < words.Length; row++) ours[row].Should().Equal(expected[row].to(float32).data<float>().ToArray(), (x, y) => Math.Abs(x - y) < 1e-6);
    }

    [Theory]
    [InlineData("x 1 -1\n", "x")]   // at right angles to (1, 1)
    [InlineData("x 1.414 0 0\ny 0 1.2041 0.2236\nz 0 0.2236 1.2041\n", "x|y|z")]   // the largest diagonal is not in the largest direction
    public void The_common_direction_is_found_whatever_it_is_at_right_angles_to(string file, string texts)
    {
        File.WriteAllText(_folder.File("w.txt"), file);
        WordVectors vectors = WordVectors.Load(_folder.File("w.txt"));
        string[] rows = texts.Split('|');
        float[][] scored = Score(vectors, WordVectorPooling.SmoothInverseFrequency, 1e30, rows);
        using var scope = NewDisposeScope();
        Tensor x = stack(rows.Select(word => tensor(vectors[word])));
        Tensor direction = linalg.svd(x, false).Vh[0];
        Tensor expected = x - x.matmul(direction).unsqueeze(1) * direction;
        for (int row = 0; row < rows.Length; row++) scored[row].Should().Equal(expected[row].data<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Words_cannot_be_weighed_without_rows_and_other_poolings_need_none()
    {
        foreach (WordVectorPooling pooling in (WordVectorPooling[])[WordVectorPooling.TfIdf, WordVectorPooling.SmoothInverseFrequency])
            FluentActions.Invoking(() => s_ml.Transforms.Text.ApplyWordVectors("Features", "Text", _vectors, pooling).Fit(View([]))).Should().Throw<InvalidOperationException>().WithMessage("ApplyWordVectors: there are no training rows*'Text'*");
        s_ml.Transforms.Text.ApplyWordVectors("Features", "Text", _vectors).Fit(View([])).Vectors.Should().BeSameAs(_vectors);
    }

    [Theory]
    [InlineData(1000, 40, 10)]
    [InlineData(50, 300, 50)]
    [InlineData(3, 1, 5)]
    public void The_search_finds_exactly_the_nearest_rows(int rows, int size, int count)
    {
        var random = new Random(rows);
        float[] values = [.. Enumerable.Range(0, rows * size).Select(_ => random.NextSingle() - 0.5f)];
        values.AsSpan(size, size).Clear();
        var nearest = new NearestRows(values, size);
        for (int trial = 0; trial < 20; trial++)
        {
            float[] query = [.. Enumerable.Range(0, size).Select(_ => random.NextSingle() - 0.5f)];
            int[] excluded = [random.Next(rows)];
            (int Row, float Cosine)[] expected = [.. Enumerable.Range(0, rows).Except(excluded).Select(row => (row, Cosine(query, values.AsSpan(row * size, size)))).OrderByDescending(r => r.Item2).Take(count)];
            nearest.Find(query, count, rows, excluded).Select(r => r.Score).Should().Equal(expected.Select(r => r.Cosine), (a, b) => Math.Abs(a - b) < 1e-5);
        }
    }

    [Fact]
    public void Analogies_and_similarities_are_asked_of_files_as_word2vec_and_gensim_ask_them()
    {
        File.WriteAllText(_folder.File("a.txt"), "one 1 0 0\nmany 1 1 0\ncat 0 0 1\ncats 0 0.9 1.1\nfar -1 0 0.1\n");
        WordVectors vectors = WordVectors.Load(_folder.File("a.txt"));
        File.WriteAllText(_folder.File("q.txt"), ": plural\none many cat cats\nOne Many Cat Cats\none many dog dogs\n: nonsense\ncat one many far\n");
        AnalogyEvaluation analogies = vectors.EvaluateAnalogies(_folder.File("q.txt"));
        analogies.Sections.Should().Equal(new AnalogySection("plural", 2, 2, 1), new AnalogySection("nonsense", 0, 1, 0));
        vectors.Analogy("one", "many", "cat", 1).Single().Word.Should().Be("cats");
        File.WriteAllText(_folder.File("s.txt"), "one\tmany\t9\ncat cats 10\none,cat,1\none dog 3\none far 0\n");
        SimilarityEvaluation similarity = vectors.EvaluateSimilarity(_folder.File("s.txt"));
        similarity.Should().Match<SimilarityEvaluation>(s => s.Pairs == 4 && s.Skipped == 1 && s.Spearman > 0.99);
        FluentActions.Invoking(() => vectors.MostSimilar("dog", 3)).Should().Throw<KeyNotFoundException>().WithMessage("*'dog'*");
        FluentActions.Invoking(() => vectors.EvaluateAnalogies(_folder.File("q.txt"), maxWords: 0)).Should().Throw<ArgumentException>().WithMessage("*maxWords is 0*");
        vectors.EvaluateAnalogies(_folder.File("q.txt"), maxWords: 3).Asked.Should().Be(0, "cats is the fourth word");
    }

    [Theory]
    [InlineData("red;green;1\nblue;sky;2\nred;sky;3\n", 3, 0)]
    [InlineData("Word 1,Word 2,Human (mean)\nred,green,1\nblue,sky,2\n", 2, 0)]
    [InlineData("red\tgreen\t1\nNew York\tred\t2\nblue\tsky\t3\n", 2, 1)]
    [InlineData("# from\nred green 1\nblue sky 2\n", 2, 0)]
    public void Similarity_files_of_every_kind_are_read(string content, int pairs, int skipped)
    {
        File.WriteAllText(_folder.File("s.txt"), content);
        SimilarityEvaluation found = _vectors.EvaluateSimilarity(_folder.File("s.txt"));
        (found.Pairs, found.Skipped).Should().Be((pairs, skipped));
    }

    [Theory]
    [InlineData("red;green;1\nblue;sky;3,5\n", 2)]
    [InlineData("red;green;3,5\nblue;sky;1\n", 1)]
    [InlineData("red green 1\nblue sky nan\n", 2)]
    [InlineData("red green NaN\nblue sky 1\n", 1)]
    [InlineData("red green -inf\nblue sky 1\n", 1)]
    [InlineData("red green 1\nblue sky\n", 2)]
    [InlineData("red green\nblue sky 1\n", 1)]
    public void A_judgement_that_is_no_number_is_refused_by_line(string content, int line)
    {
        File.WriteAllText(_folder.File("s.txt"), content);
        FluentActions.Invoking(() => _vectors.EvaluateSimilarity(_folder.File("s.txt"))).Should().Throw<InvalidDataException>().WithMessage($"Line {line} *");
    }

    [Fact]
    public void Vectors_whose_squares_are_no_float_have_neighbours_and_those_that_are_no_numbers_have_not()
    {
        File.WriteAllText(_folder.File("h.txt"), "huge 1e30 1e30\nother 1e30 -1e30\none 1 1\ntiny 1e-30 1e-30\n");
        WordVectors vectors = WordVectors.Load(_folder.File("h.txt"));
        vectors.MostSimilar("huge", 3).Should().Equal([("one", 1f), ("tiny", 1f), ("other", 0f)], (a, b) => a.Word == b.Item1 && Math.Abs(a.Similarity - b.Item2) < 1e-5);
        vectors.MostSimilar([3e38f, 3e38f], 2).Should().OnlyContain(n => Math.Abs(n.Similarity - 1) < 1e-5);
        vectors.Similarity("huge", "tiny").Should().BeApproximately(1, 1e-5f);
        vectors.DoesntMatch("huge", "one", "other", "tiny").Should().Be("other");
        FluentActions.Invoking(() => vectors.MostSimilar([1, float.NaN], 1)).Should().Throw<ArgumentException>().WithMessage("Component 1 of the vector is NaN*");
    }

    [Fact]
    public void Products_of_many_equal_components_do_not_overflow()
    {
        const int Size = 1000;
        float[] values = [.. Enumerable.Repeat(1f, Size), .. Enumerable.Repeat(-1f, Size), .. Enumerable.Range(0, Size).Select(i => i % 2 == 0 ? 1f : 0)];
        var found = new NearestRows(values, Size).Find(values.AsSpan(0, Size), 3, 3, []);
        found.Select(f => f.Row).Should().Equal(0, 2, 1);
        found.Select(f => f.Score).Should().Equal([1, MathF.Sqrt(0.5f), -1], (a, b) => Math.Abs(a - b) < 1e-5);
    }

    [Fact]
    public void Vectors_of_others_are_part_of_the_saved_model()
    {
        ITransformer model = s_ml.Transforms.Text.ApplyWordVectors("Features", "Text", _vectors, WordVectorPooling.SmoothInverseFrequency).Fit(View());
        s_ml.Model.Save(model, View().Schema, _folder.File("m.zip"));
        File.Delete(_folder.File("v.txt"));
        var loaded = (WordVectorTransformer)new MLContext().Model.Load(_folder.File("m.zip"), out _);
        loaded.Transform(View()).GetColumn<float[]>("Features").SelectMany(v => v).Should().Equal(model.Transform(View()).GetColumn<float[]>("Features").SelectMany(v => v));
        loaded.Vectors.MostSimilar("red", 2).Should().Equal(_vectors.MostSimilar("red", 2));
    }

    public void Dispose() => _folder.Dispose();

    private float[][] Score(WordVectorPooling pooling) =>
        [.. s_ml.Transforms.Text.ApplyWordVectors("Features", "Text", _vectors, pooling).Fit(View()).Transform(View()).GetColumn<float[]>("Features")];

    private static float[][] Score(WordVectors vectors, WordVectorPooling pooling, double smoothing, string[] rows) =>
        [.. s_ml.Transforms.Text.ApplyWordVectors(vectors, new() { OutputColumnName = "Features", InputColumnName = "Text", Pooling = pooling, SmoothingWeight = smoothing }).Fit(View(rows)).Transform(View(rows)).GetColumn<float[]>("Features")];

    private static IDataView View() => View(s_texts);

    private static IDataView View(string[] texts) => s_ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text }));

    private static IEnumerable<float> Add(float[] a, float[] b) => a.Zip(b, (x, y) => x + y);

    private static float Cosine(float[] a, ReadOnlySpan<float> b)
    {
        double dot = 0, aa = 0, bb = 0;
        for (int i = 0; i < a.Length; i++) (dot, aa, bb) = (dot + a[i] * b[i], aa + a[i] * a[i], bb + b[i] * b[i]);
        return bb == 0 ? 0 : (float)(dot / Math.Sqrt(aa * bb));
    }
}
