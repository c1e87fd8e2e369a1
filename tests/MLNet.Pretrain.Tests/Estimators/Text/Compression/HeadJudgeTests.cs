using Microsoft.ML;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text;

/// <summary>Rows of shuffled lengths, more of them than a window has, against differences of a text's loss taken by itself, in double precision.</summary>
public sealed class HeadJudgeTests : IDisposable
{
    private const int Texts = 12, Rows = 2400, Labelled = 2200;   // the others have no label
    private const double Step = 1e-4;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TextClassificationTransformer _model = Random(), _exact = Random();
    private readonly TinyTexts.Row[] _rows;
    private readonly CompressionOptions _options;

    public HeadJudgeTests()
    {
        Model(_exact).Network.to(ScalarType.Float64);
        _rows = [.. Enumerable.Range(0, Rows).Select(i => new TinyTexts.Row { Text = Text(i), Category = i >= Labelled ? "" : i * i % Texts % 3 == 0 ? "good" : "bad" })];
        new Random(4).Shuffle(_rows);
        _options = new() { PrunedHeadFraction = 0.5, HeadData = new MLContext().Data.LoadFromEnumerable(_rows), HeadRows = int.MaxValue, LabelColumnName = "Category" };
    }

    public void Dispose()
    {
        _model.Dispose();
        _exact.Dispose();
        _scope.Dispose();
    }

    [Fact]
    public void Heads_are_as_important_as_the_losses_of_the_rows_say_one_by_one()
    {
        HeadImportance importance = new HeadJudge(_model.Options, _options).ByLoss(Model(_model), new MulticlassLabel(), new ClassReader("Compress", _model.Columns.Labels!, "HeadData"), _model.Columns);
        importance.Rows.Should().Be(Labelled);
        ShouldBe(importance, [.. _rows.Where(row => row.Category != "")], 1e-3, (row, ids) => nn.functional.cross_entropy(Model(_exact).Network.forward(ids, null, null), tensor([row.Category == "good" ? 0L : 1])));
    }

    [Theory]
    [InlineData(Pooling.Mean, false)]
    [InlineData(Pooling.Cls, true)]
    public void Heads_are_as_important_as_the_vectors_move_row_by_row(Pooling pooling, bool normalize)
    {
        var encoding = new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Vector", Pooling = pooling, Normalize = normalize };
        TextModel<SequenceClassifier> model = Model(_model);
        HeadImportance importance = new HeadJudge(encoding, _options).ByVectors(new(model.Network.Encoder, model.Tokenizer, model.Config), encoding);
        importance.Rows.Should().Be(Rows);
        // Directions are drawn: one in fifty or so of the value is chance.
        ShouldBe(importance, _rows, 0.05, (_, ids) =>
        {
            TextEncoder encoder = Model(_exact).Network.Encoder;
            Tensor vector = TextPooler.Pool(encoder, encoding with { Normalize = false }, TextPooler.Select(encoder, encoding, ids, null, null), null);
            return normalize ? vector / vector.norm() : vector;
        });
    }

    [Fact]
    public void Fewer_rows_than_there_are_may_be_asked_for()
    {
        foreach (int rows in (int[])[1, 7, 2048, 2049])
            new HeadJudge(_model.Options, _options with { HeadRows = rows }).ByLoss(Model(_model), new MulticlassLabel(), new ClassReader("Compress", _model.Columns.Labels!, "HeadData"), _model.Columns).Rows.Should().Be(rows);
    }

    // The norm of how far a value moves with each head's mask, summed over rows.
    private void ShouldBe(HeadImportance importance, IReadOnlyList<TinyTexts.Row> rows, double tolerance, Func<TinyTexts.Row, Tensor, Tensor> value)
    {
        using IDisposable _ = no_grad();
        EncoderLayer[] layers = [.. Model(_exact).Network.Encoder.Layers];
        for (int layer = 0; layer < layers.Length; layer++)
        {
            double[] sums = [.. Enumerable.Range(0, 2).Select(head => rows.GroupBy(row => (row.Text, row.Category)).Sum(same => same.Count() * Moved(same.First(), layers[layer], head)))];
            double norm = Math.Sqrt(sums.Sum(s => s * s));
            importance.PerLayer()[layer].Should().Equal(sums.Select(s => s / norm), (a, b) => Math.Abs(a - b) < tolerance);
        }

        double Moved(TinyTexts.Row row, EncoderLayer layer, int head)
        {
            using DisposeScope scope = NewDisposeScope();
            var encoded = new EncodedText();
            Model(_model).Tokenizer.Encode(row.Text, 64, TruncationStrategy.LongestFirst, encoded);
            Tensor ids = tensor(encoded.Ids.ToArray().Select(id => (long)id).ToArray()).unsqueeze(0);
            return (Masked(1 + Step) - Masked(1 - Step)).norm().item<double>() / (2 * Step);

            Tensor Masked(double by)
            {
                Tensor mask = ones([1, 2, 1, 1], float64);
                mask[0, head] = by;
                layer.HeadMask = mask;
                Tensor result = value(row, ids);
                layer.HeadMask = null;
                return result;
            }
        }
    }

    private static string Text(int row) => string.Concat(Enumerable.Range(0, 1 + row % Texts * 2).Select(i => ((string[])["good ", "film ", "bad ", "slow "])[(row % Texts + i * i) % 4]));

    private static TextClassificationTransformer Random() => RandomClassifier.Encoder(RandomClassifier.WordPiece(TinyTexts.Rows().Select(r => r.Text)), classes: ["good", "bad"]);

    private static TextModel<SequenceClassifier> Model(TextClassificationTransformer transformer) => ((EncoderPredictor)transformer.Model).TextModel;
}
