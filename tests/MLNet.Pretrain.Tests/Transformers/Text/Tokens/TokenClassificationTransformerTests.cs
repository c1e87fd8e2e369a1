using System.Text.Json.Nodes;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Tests.Transformers.Text.Tokens;

public sealed class TokenClassificationTransformerTests : IDisposable
{
    private static readonly string[] s_pieces =
    [
        "Zo\u00eb", "cafe\u0301", "\u00c5ngstr\u00f6m", "\u5317\u4eac", "\u6771", "\ud83d\ude00", "\ud83d\udc68\u200d\ud83d\udc69\u200d\ud83d\udc67", "\u203c\ufe0f", "\u0130stanbul", "\u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2", "it's", "U.S.", "(x)",
        " ", "  ", "\t", "\r\n", "\u00a0", "\u3000", "\u200b", "\u0000", "\ud83d", "\ufffd", "plain", "words", "12,5", "-", "\u0e01\u0e33", "a\u0301\u0302", "[SEP]", "\ufb01sh",
    ];

    private readonly TestFolder _folder = new();

    public static TheoryData<string, bool> Taggers => new() { { "WordPiece", false }, { "WordPiece", true }, { "byte-level", false } };

    [Theory]
    [MemberData(nameof(Taggers))]
    public void Every_word_and_entity_cut_out_of_the_original_text_is_its_text(string vocabulary, bool crf)
    {
        using TokenClassificationTransformer tagger = RandomTagger.Of(Vocabulary(vocabulary), crf);
        int entities = 0;
        AnySeed.Holds(random =>
        {
            string text = string.Concat(Enumerable.Range(0, random.Next(0, 60)).Select(_ => s_pieces[random.Next(s_pieces.Length)] + (random.Next(2) == 0 ? " " : "")));
            IReadOnlyList<TaggedWord> words = tagger.TagWords(text);
            int end = 0;
            foreach (TaggedWord word in words)
            {
                text.Substring(word.Start, word.Length).Should().Be(word.Text).And.NotBeNullOrWhiteSpace();
                word.Start.Should().BeGreaterThanOrEqualTo(end, "words do not overlap");
                word.Probability.Should().BeInRange(0, 1);
                end = word.Start + word.Length;
            }
            IReadOnlyList<EntitySpan> found = tagger.FindEntities(text);
            foreach (EntitySpan entity in found)
            {
                text.Substring(entity.Start, entity.Length).Should().Be(entity.Text);
                words.Should().Contain(w => w.Start == entity.Start).And.Contain(w => w.Start + w.Length == entity.Start + entity.Length);
            }
            TagSequence.ToSpans([.. words.Select(w => w.Tag)], TagScheme.Bio, TagReading.WellFormed).Should().HaveCount(found.Count, "the rules hold over all windows of a row");
            entities += found.Count;
        });
        entities.Should().BeGreaterThan(100);
    }

    [Fact]
    public void Columns_and_direct_use_say_the_same_of_long_and_empty_rows()
    {
        var ml = new MLContext(1);
        using TokenClassificationTransformer tagger = RandomTagger.Of(Vocabulary("WordPiece"), crf: true, scheme: TagScheme.Bioes);
        string[] texts = ["", TinyEntities.Long(100, 3).Text, "Anna left Paris.", " "];
        IDataView scored = tagger.Transform(ml.Data.LoadFromEnumerable(texts.Select(text => new TinyTexts.Row { Text = text })));
        string[][] words = [.. scored.GetColumn<string[]>("Words")], tags = [.. scored.GetColumn<string[]>("PredictedTags")], entityTexts = [.. scored.GetColumn<string[]>("EntityText")], types = [.. scored.GetColumn<string[]>("EntityType")];
        int[][] starts = [.. scored.GetColumn<int[]>("EntityStart")], lengths = [.. scored.GetColumn<int[]>("EntityLength")];
        float[][] probabilities = [.. scored.GetColumn<float[]>("TagProbabilities")], confidences = [.. scored.GetColumn<float[]>("EntityConfidence")];
        for (int row = 0; row < texts.Length; row++)
        {
            IReadOnlyList<TaggedWord> direct = tagger.TagWords(texts[row]);
            words[row].Should().Equal(direct.Select(w => w.Text));
            tags[row].Should().Equal(direct.Select(w => w.Tag));
            probabilities[row].Should().HaveCount(direct.Count);
            for (int i = 0; i < direct.Count; i++) probabilities[row][i].Should().BeApproximately(direct[i].Probability, 1e-4f);
            IReadOnlyList<EntitySpan> entities = tagger.FindEntities(texts[row]);
            entityTexts[row].Should().Equal(entities.Select(e => e.Text));
            types[row].Should().Equal(entities.Select(e => e.Type));
            starts[row].Should().Equal(entities.Select(e => e.Start));
            lengths[row].Should().Equal(entities.Select(e => e.Length));
            confidences[row].Should().HaveCount(entities.Count);
        }
        words[1].Should().Equal(TinyEntities.Long(100, 3).Words, "every word of a divided row has its tag");
        words[0].Should().BeEmpty();
    }

    [Fact]
    public void Ready_made_words_have_token_indices_as_places()
    {
        var ml = new MLContext(1);
        using TokenClassificationTransformer tagger = RandomTagger.Of(Vocabulary("WordPiece"));
        IReadOnlyList<TinyEntities.Row> rows = TinyEntities.Rows(30, 2);
        IDataView scored = tagger.Transform(ml.Data.LoadFromEnumerable(rows.Select(row => new Tokens { Text = row.Words })));
        scored.Schema.GetColumnOrNull("Words").Should().BeNull("they are there already");
        string[][] texts = [.. scored.GetColumn<string[]>("EntityText")];
        int[][] starts = [.. scored.GetColumn<int[]>("EntityStart")], lengths = [.. scored.GetColumn<int[]>("EntityLength")];
        for (int row = 0; row < rows.Count; row++)
            texts[row].Should().Equal(starts[row].Zip(lengths[row], (start, length) => string.Join(' ', rows[row].Words[start..(start + length)])));
        scored.GetColumn<string[]>("PredictedTags").Select(t => t.Length).Should().Equal(rows.Select(row => row.Words.Length));
    }

    [Fact]
    public void Without_field_and_rules_a_tag_is_the_likeliest_and_its_probability_the_softmax()
    {
        using TokenClassificationTransformer free = RandomTagger.Of(Vocabulary("WordPiece"), constrain: false);
        IReadOnlyList<TaggedWord> words = free.TagWords(TinyEntities.Long(20, 1).Text);
        words.Should().OnlyContain(w => w.Probability > 1f / free.Tags.Count - 1e-4f, "nothing is likelier");
        free.FindEntities("").Should().BeEmpty();
    }

    [Fact]
    public void A_checkpoint_is_a_token_classifier_of_Hugging_Face_without_a_pooler()
    {
        using TokenClassificationTransformer tagger = RandomTagger.Of(Vocabulary("WordPiece"), crf: true);
        tagger.SaveCheckpoint(_folder.Path);
        JsonNode config = JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!;
        config["architectures"]![0]!.GetValue<string>().Should().Be("BertForTokenClassification");
        config["id2label"]!.AsObject().Select(p => p.Value!.GetValue<string>()).Should().Equal(tagger.Tags);
        using TextModel<MLNet.Pretrain.Networks.Text.TokenClassifier> loaded = TextModel.LoadTokenClassifier(_folder.Path, withCrf: true);
        foreach ((var a, var b) in loaded.Network.named_parameters().Zip(tagger.Model.Network.named_parameters()))
        {
            a.name.Should().Be(b.name);
            a.parameter.data<float>().ToArray().Should().Equal(b.parameter.data<float>().ToArray());
        }
    }

    public void Dispose() => _folder.Dispose();

    private static VocabularySource Vocabulary(string kind)
    {
        string[] texts = [.. TinyEntities.Rows(50, 1).Select(r => r.Text), .. s_pieces.Where(p => !p.Contains('\ud83d', StringComparison.Ordinal))];
        return kind == "WordPiece"
            ? new WordPieceTrainer(new() { VocabularySize = 300 }).Train(texts)
            : new BpeTrainer(new() { VocabularySize = 300, SpecialTokens = BpeTrainerOptions.RobertaSpecialTokens }).Train(texts);
    }

    private sealed class Tokens
    {
        public string[] Text { get; set; } = [];
    }
}
