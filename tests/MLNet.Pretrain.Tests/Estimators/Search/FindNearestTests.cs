using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Search;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Estimators.Search;

public sealed class FindNearestTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_search_equals_brute_force_whatever_the_rows() => AnySeed.Holds(random =>
    {
        int rows = random.Next(1, 60), size = random.Next(1, 70), count = random.Next(1, rows + 1);
        float[] values = [.. Enumerable.Range(0, rows * size).Select(_ => random.NextSingle() - 0.5f)];
        for (int row = 0; row < rows; row++)
        {
            Span<float> vector = values.AsSpan(row * size, size), other = values.AsSpan(random.Next(rows) * size, size);
            switch (random.Next(6))
            {
                case 0: vector.Clear(); break;
                case 1: other.CopyTo(vector); break;
                case 2: System.Numerics.Tensors.TensorPrimitives.Multiply(vector, MathF.Pow(10, random.Next(-20, 15)), vector); break;
            }
        }
        float[] query = random.Next(3) == 0 ? values[..size] : [.. Enumerable.Range(0, size).Select(_ => random.NextSingle() - 0.5f)];
        foreach (VectorSimilarity similarity in Enum.GetValues<VectorSimilarity>())
        {
            var index = new VectorIndex(values, size, new TextIndexValues(new ReadOnlyMemory<char>[rows]), similarity);
            (int[] found, float[] scores) = (new int[count], new float[count]);
            index.Find(query, found, scores);
            (int Row, double Score)[] expected = [.. Enumerable.Range(0, rows).Select(row => (row, Score(query, values.AsSpan(row * size, size), similarity))).OrderByDescending(r => r.Item2).ThenBy(r => r.row).Take(count)];
            found.Should().Equal(expected.Select(e => e.Row), $"{similarity} of {rows} rows of {size}");
            scores.Should().Equal(expected.Select(e => (float)e.Score));
        }
    }, 300);

    [Theory]
    [InlineData(0)]
    [InlineData(2)]   // about a common direction, as sentence vectors lie
    public void A_large_index_is_searched_exactly(float common)
    {
        const int Rows = 20_000, Size = 48;
        var random = new Random(5);
        float[] values = [.. Enumerable.Range(0, Rows * Size).Select(_ => random.NextSingle() - 0.5f + common)];
        foreach (VectorSimilarity similarity in Enum.GetValues<VectorSimilarity>())
        {
            var search = new NearestRows(values, Size, similarity);
            for (int trial = 0; trial < 20; trial++)
            {
                float[] query = [.. Enumerable.Range(0, Size).Select(_ => random.NextSingle() - 0.5f + common)];
                search.Find(query, 10, Rows, []).Select(r => r.Row).Should().Equal(
                    Enumerable.Range(0, Rows).Select(row => (row, Score: Score(query, values.AsSpan(row * Size, Size), similarity))).OrderByDescending(r => r.Score).ThenBy(r => r.row).Take(10).Select(r => r.row));
            }
        }
    }

    [Fact]
    public void Texts_and_scores_come_nearest_first_and_the_first_of_equals()
    {
        FindNearestTransformer search = Find(Index(), 4);
        Found found = Ask(search, 1, 0.1f);
        found.Names.Should().Equal("east", "also east", "north", "nowhere");
        found.NamesScore.Should().BeInDescendingOrder().And.Subject.ElementAt(3).Should().Be(0);
        Ask(search, 0, 0).Names.Should().Equal(["east", "north", "also east", "west"], "to nothing all are as near");
        Found none = Ask(search, float.NaN, 1);
        none.Names.Should().OnlyContain(name => name == "");
        none.NamesScore.Should().OnlyContain(score => float.IsNaN(score));
        Ask(Find(Index(), 1, VectorSimilarity.DotProduct), 1, 0.1f).Names.Should().Equal("also east");
        Ask(Find(Index(), 1, VectorSimilarity.DotProduct), 1, 0.1f).NamesScore.Should().Equal(2);
    }

    [Fact]
    public void Keys_keep_what_they_stand_for_and_all_is_saved()
    {
        IDataView keyed = _ml.Transforms.Conversion.MapValueToKey("Name").Fit(Index()).Transform(Index());
        IDataView hashed = _ml.Transforms.Conversion.Hash("Name", "Name", numberOfBits: 31).Fit(Index()).Transform(Index());
        foreach ((IDataView index, bool named) in (IEnumerable<(IDataView, bool)>)[(keyed, true), (hashed, false), (Index(), false)])
        {
            IEstimator<ITransformer> estimator = _ml.Transforms.FindNearest("Names", "Vector", index, "Name", 3);
            IDataView asked = Queries([1, 0.1f], [-1, 0]);
            ITransformer model = estimator.Fit(asked);
            SchemaShape promised = estimator.GetOutputSchema(SchemaShapes.Of(asked.Schema)), delivered = SchemaShapes.Of(model.GetOutputSchema(asked.Schema));
            Describe(promised).Should().BeEquivalentTo(Describe(delivered));
            _ml.Model.Save(model, asked.Schema, _folder.File("model.zip"));
            ITransformer loaded = new MLContext().Model.Load(_folder.File("model.zip"), out _);
            Describe(SchemaShapes.Of(loaded.GetOutputSchema(asked.Schema))).Should().BeEquivalentTo(Describe(delivered));
            (IDataView before, IDataView after) = (model.Transform(asked), loaded.Transform(asked));
            after.GetColumn<float[]>("NamesScore").Should().BeEquivalentTo(before.GetColumn<float[]>("NamesScore"), o => o.WithStrictOrdering());
            if (index == hashed) after.GetColumn<uint[]>("Names").Should().BeEquivalentTo(before.GetColumn<uint[]>("Names"), o => o.WithStrictOrdering());
            if (!named) continue;
            IDataView texts = _ml.Transforms.Conversion.MapKeyToValue("Names").Fit(after).Transform(after);
            texts.GetColumn<string[]>("Names").Should().BeEquivalentTo([["east", "also east", "north"], (string[])["west", "north", "nowhere"]], o => o.WithStrictOrdering());
        }
    }

    [Fact]
    public void Vectors_may_be_sparse_and_the_index_may_name_its_columns_otherwise()
    {
        IDataView index = _ml.Transforms.CopyColumns("Place", "Vector").Append(_ml.Transforms.DropColumns("Vector")).Fit(Index()).Transform(Index());
        FindNearestTransformer search = _ml.Transforms.FindNearest(index, new FindNearestOptions { OutputColumnName = "Names", ScoreColumnName = "NamesScore", InputColumnName = "Vector", VectorColumnName = "Place", ValueColumnName = "Name", Count = 1 }).Fit(Queries([0, 0]));
        (search.IndexRows, search.VectorSize).Should().Be((5, 2));
        IDataView sparse = _ml.Transforms.Categorical.OneHotEncoding("Vector", "Name").Fit(Index(2)).Transform(Index(2));
        search.Transform(sparse).GetColumn<string[]>("Names").Select(n => n[0]).Should().Equal("east", "north");
    }

    [Fact]
    public void What_cannot_be_searched_is_refused_in_words()
    {
        Refused<InvalidOperationException>(Index(0), 1).WithMessage("*the index has no rows*");
        Refused<InvalidOperationException>(Index(), 6).WithMessage("*Count is 6, but the index has 5 rows; expected 1 to 5*");
        foreach (float bad in (float[])[float.NaN, float.NegativeInfinity])
            Refused<InvalidOperationException>(_ml.Data.LoadFromEnumerable<Place>([new() { Vector = [1, 0] }, new() { Vector = [0, bad] }]), 1).WithMessage("*row 1 of the index has * in column 'Vector'; expected finite numbers*");
        Refused<ArgumentException>(Index(), 0).WithMessage("*Count is 0; expected 1 or more*");
        Refused<ArgumentException>(_ml.Transforms.DropColumns("Name").Fit(Index()).Transform(Index()), 1).WithMessage("*'Name'*");
        Refused<ArgumentException>(_ml.Transforms.CopyColumns("Name", "Vector").Fit(Index()).Transform(Index()), 1).WithMessage("*'Name' of the index is Vector<Single>*finds Text or Key*");
        Refused<ArgumentException>(_ml.Transforms.CopyColumns("Vector", "Name").Fit(Index()).Transform(Index()), 1).WithMessage("*'Vector' is String*reads Vector<Single>*");

        FindNearestTransformer search = Find(Index(), 1);
        IDataView longer = _ml.Data.LoadFromEnumerable<Longer>([new()]), missing = _ml.Data.LoadFromEnumerable<TinyTexts.Row>([new()]), text = _ml.Transforms.CopyColumns("Vector", "Text").Fit(missing).Transform(missing);
        foreach (IDataView wrong in (IDataView[])[longer, missing, text])
        {
            FluentActions.Invoking(() => search.Transform(wrong)).Should().Throw<ArgumentException>().WithMessage("*'Vector'*");
            FluentActions.Invoking(() => search.GetOutputSchema(wrong.Schema)).Should().Throw<ArgumentException>().WithMessage("*'Vector'*");
            FluentActions.Invoking(() => _ml.Transforms.FindNearest("Names", "Vector", Index(), "Name", 1).Fit(wrong)).Should().Throw<ArgumentException>().WithMessage("*'Vector'*");
        }
        FluentActions.Invoking(() => search.Transform(longer)).Should().Throw<ArgumentException>().WithMessage("*Vector<Single, 3>*reads Vector<Single, 2>, as the index has*");
    }

    private static double Score(ReadOnlySpan<float> query, ReadOnlySpan<float> row, VectorSimilarity similarity)
    {
        (double product, double rowSquares, double querySquares) = (0, 0, 0);
        for (int i = 0; i < row.Length; i++) (product, rowSquares, querySquares) = (product + (double)query[i] * row[i], rowSquares + (double)row[i] * row[i], querySquares + (double)query[i] * query[i]);
        if (rowSquares == 0 || querySquares == 0) return 0;
        return similarity == VectorSimilarity.DotProduct ? product : Math.Clamp(product / Math.Sqrt(rowSquares) / Math.Sqrt(querySquares), -1, 1);
    }

    private static IEnumerable<string> Describe(SchemaShape shape) => shape.Select(c => $"{c.Name}: {c.Kind} {c.ItemType} key={c.IsKey} {{{string.Join("; ", Describe(c.Annotations).Order())}}}");

    private FluentAssertions.Specialized.ExceptionAssertions<T> Refused<T>(IDataView index, int count) where T : Exception => FluentActions.Invoking(() => Find(index, count)).Should().Throw<T>();

    private FindNearestTransformer Find(IDataView index, int count, VectorSimilarity similarity = VectorSimilarity.Cosine) =>
        _ml.Transforms.FindNearest("Names", "Vector", index, "Name", count, similarity).Fit(Queries([0, 0]));

    private Found Ask(FindNearestTransformer search, float x, float y)
    {
        using PredictionEngine<Place, Found> engine = _ml.Model.CreatePredictionEngine<Place, Found>(search);
        Found found = engine.Predict(new() { Vector = [x, y] });
        IDataView batch = search.Transform(Queries([5, 5], [x, y], [7, -7]));
        batch.GetColumn<string[]>("Names").ElementAt(1).Should().Equal(found.Names, "one row agrees with the batch");
        return found;
    }

    private IDataView Index(int rows = 5) => _ml.Data.LoadFromEnumerable(((Place[])
    [
        new() { Name = "east", Vector = [1, 0] },
        new() { Name = "north", Vector = [0, 1] },
        new() { Name = "also east", Vector = [2, 0] },
        new() { Name = "west", Vector = [-1, 0] },
        new() { Name = "nowhere", Vector = [0, 0] },
    ])[..rows]);

    private IDataView Queries(params float[][] vectors) => _ml.Data.LoadFromEnumerable(vectors.Select(vector => new Place { Vector = vector }));

    private sealed class Place
    {
        public string Name { get; set; } = "";

        [VectorType(2)]
        public float[] Vector { get; set; } = [0, 0];
    }

    private sealed class Longer
    {
        [VectorType(3)]
        public float[] Vector { get; set; } = [0, 0, 0];
    }

    private sealed class Found
    {
        public string[] Names { get; set; } = [];

        public float[] NamesScore { get; set; } = [];
    }
}
