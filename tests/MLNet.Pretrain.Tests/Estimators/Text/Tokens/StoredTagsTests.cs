using System.IO.Compression;
using Microsoft.ML;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Estimators.Text.Tokens;

public class StoredTagsTests
{
    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Words_and_tags_come_back_from_the_store_whatever_the_windows() => AnySeed.Holds(random =>
    {
        TinyEntities.Row[] rows = [.. Enumerable.Range(0, 20).Select(_ => TinyEntities.Long(random.Next(1, 8), random.Next()))];
        ShouldComeBack(rows, random.Next(4, 40), TagReading.WellFormed);
    }, tests: 20);

    [SharedDataFact("data/conll2003/eng.testa.gz")]
    public void Every_tag_of_CoNLL_2003_comes_back_from_the_store() => ShouldComeBack(Conll("data/conll2003/eng.testa.gz"), 128, TagReading.Lenient);

    private void ShouldComeBack(TinyEntities.Row[] rows, int maxLength, TagReading reading)
    {
        SequenceTokenizer tokenizer = SequenceTokenizer.WordPiece(new WordPieceTrainer(new() { VocabularySize = 300 }).Train(rows.Take(500).Select(row => row.Text)).Tokenizer);
        var options = new FineTuneTokensOptions { TextColumnName = "Words", LabelColumnName = "Tags", Scheme = TagScheme.Bio, TrainAs = TagScheme.Bioes, Reading = reading };
        var numbers = new TagNumbers(TagScheme.Bioes);
        using TokenStore store = new TaggedRowReader("test", options, tokenizer, maxLength, numbers, () => { }).Read(_ml.Data.LoadFromEnumerable(rows));
        numbers.Tags.Should().Equal(TagVocabulary.OfTypes(numbers.Tags.Where(t => t.StartsWith("B-", StringComparison.Ordinal)).Select(t => t[2..]), TagScheme.Bioes).Tags);
        store.LongestRow.Should().BeLessThanOrEqualTo(maxLength);
        var stored = new StoredTags(tokenizer.VocabSize);
        var assembler = new BatchAssembler(store);
        var tags = new List<string>();
        var piece = new EncodedText();
        IEnumerator<string> words = rows.SelectMany(row => row.Words).GetEnumerator();
        for (long row = 0; row < store.Count; row++)
        {
            using TrainingBatch batch = stored.Restore(assembler.Assemble([row]));
            using var scope = NewDisposeScope();
            long[] ids = batch.InputIds.data<long>().ToArray(), places = batch.Positions!.data<long>().ToArray(), targets = batch.Targets!.data<long>().ToArray();
            ids.Should().OnlyContain(id => id < tokenizer.VocabSize);
            int count = places.Count(p => p >= 0);
            places[count..].Should().NotContain(p => p != -1);
            targets[count..].Should().NotContain(t => t != StoredTags.NoTag);
            for (int i = 0; i < count; i++)
            {
                words.MoveNext().Should().BeTrue();
                piece.Clear();
                tokenizer.Append(words.Current, piece);
                ids[places[i]].Should().Be(piece.Ids[0]);
                tags.Add(numbers.Tags[(int)targets[i]]);
            }
        }
        words.MoveNext().Should().BeFalse();
        tags.Should().Equal(rows.SelectMany(row => TagSequence.Convert(row.Tags, TagScheme.Bio, TagScheme.Bioes)));
    }

    private static TinyEntities.Row[] Conll(string path)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.Path(path)), CompressionMode.Decompress));
        return [.. reader.ReadToEnd().Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
            .Select(sentence => sentence.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).Where(columns => columns[0] != "-DOCSTART-").ToArray())
            .Where(sentence => sentence.Length > 0)
            .Select(sentence => new TinyEntities.Row { Text = string.Join(' ', sentence.Select(c => c[0])), Words = [.. sentence.Select(c => c[0])], Tags = [.. sentence.Select(c => c[^1])] })];
    }
}
