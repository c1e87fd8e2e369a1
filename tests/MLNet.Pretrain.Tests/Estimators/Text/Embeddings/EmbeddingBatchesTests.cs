using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Tests.Estimators.Text.Embeddings;

public class EmbeddingBatchesTests
{
    private const int Cls = 1, Sep = 2, Vocabulary = 100;

    [Fact]
    public void Texts_are_taken_apart_in_their_order_each_part_as_wide_as_its_longest()
    {
        using TrainingBatch batch = Prepare(new(), [[10], [20, 21, 22]], [[11, 12], [23]]);
        batch.InputIds.shape.Should().Equal(4, 5);
        batch.PartWidths.Should().Equal(4, 5);
        batch.InputIds.data<long>().ToArray().Should().Equal(
            Cls, 10, Sep, 0, 0,
            Cls, 11, 12, Sep, 0,
            Cls, 20, 21, 22, Sep,
            Cls, 23, Sep, 0, 0);
        batch.AttentionMask!.sum(1).data<long>().ToArray().Should().Equal(3, 4, 5, 3);
        batch.Excluded.Should().BeNull("all texts differ");
    }

    [Fact]
    public void Equal_texts_are_no_wrong_answers_to_each_other()
    {
        // A has two answers, a and b; b answers C, too; the last pair's answer is the text A itself.
        using TrainingBatch batch = Prepare(new(), [[10], [20]], [[10], [21]], [[30], [21]], [[40], [10]]);
        Excluded(batch).Should().Equal(
            ".xxx",   // A: its other answer, twice, and itself
            "x.xx",   // A again: its first answer, b once more, and itself
            ".x..",   // C: b, which the second pair repeats
            "....");
    }

    [Fact]
    public void A_hard_negative_counts_for_every_row_but_where_it_is_missing_or_right()
    {
        var options = new FineTuneEmbeddingsOptions { NegativeColumnName = "Negative" };
        // The second has none; that of the third is the right answer to the first.
        using TrainingBatch batch = Prepare(options, [[10], [20], [50]], [[11], [21], []], [[12], [22], [20]]);
        batch.PartWidths.Should().Equal(3, 3, 3);
        Excluded(batch).Should().Equal("....xx", "....x.", "....x.");
    }

    [Fact]
    public void Labels_of_cosine_regression_stay_numbers()
    {
        using TokenStore store = Store(LabelKind.Value, [[10], [20]]);
        using TrainingBatch batch = new EmbeddingBatches(new() { Loss = EmbeddingLoss.CosineRegression }, 0).Prepare(new BatchAssembler(store).Assemble([0]));
        batch.Labels.data<float>().ToArray().Should().Equal(0.5f);
        batch.InputIds.shape.Should().Equal(2, 3);
        batch.AttentionMask.Should().BeNull("nothing is padded");
    }

    private static IEnumerable<string> Excluded(TrainingBatch batch)
    {
        bool[] excluded = batch.Excluded!.data<bool>().ToArray();
        return excluded.Chunk(excluded.Length / batch.Rows).Select(row => string.Concat(row.Select(x => x ? 'x' : '.')));
    }

    private static TrainingBatch Prepare(FineTuneEmbeddingsOptions options, params int[][][] rows)
    {
        using TokenStore store = Store(LabelKind.Class, rows);
        return new EmbeddingBatches(options, 0).Prepare(new BatchAssembler(store).Assemble([.. Enumerable.Range(0, rows.Length).Select(i => (long)i)]));
    }

    private static TokenStore Store(LabelKind labels, params int[][][] rows)
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(Vocabulary, 0, true, labels));
        foreach (int[][] texts in rows)
        {
            int[][] encoded = [.. texts.Select(text => (int[])[Cls, .. text, Sep])];
            int[] all = [.. encoded.SelectMany(text => text)];
            if (labels == LabelKind.Value) writer.Append(all, encoded[0].Length, 0.5f);
            else writer.Append(all, encoded[0].Length, encoded[0].Length + encoded[1].Length);
        }
        return writer.Complete();
    }
}
