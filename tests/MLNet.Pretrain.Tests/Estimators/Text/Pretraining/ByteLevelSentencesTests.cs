using Microsoft.ML;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Estimators.Text.Pretraining;

/// <summary>Sentences of byte-level vocabularies, where the space before a word is a part of it.</summary>
public sealed class ByteLevelSentencesTests : IDisposable
{
    private readonly TestFolder _folder = new();
    private readonly MLContext _ml = new(1);
    private readonly SequenceTokenizer _tokenizer;

    public ByteLevelSentencesTests()
    {
        // Letters are bytes, each of these characters is one entry.
        string[] texts = ["\u5317", "\u4eac", "\u5927", "\u5b66", "\u3002", "\u5317", "\u4eac", "\u5927", "\u5b66", "\u3002"];
        new BpeTrainer(new() { VocabularySize = 300, SpecialTokens = BpeTrainerOptions.RobertaSpecialTokens }).Train(texts).Save(_folder.Path);
        _tokenizer = SequenceTokenizer.Load(_folder.Path);
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("He left. Then he came.\n\nAgain!", new[] { "He left.", " Then he came.", " Again!" })]
    [InlineData("\u5317\u4eac\u3002\u5927\u5b66", new[] { "\u5317\u4eac\u3002", "\u5927\u5b66" })]
    [InlineData("\u5317\u4eac\u3002 \u5927\u5b66", new[] { "\u5317\u4eac\u3002", " \u5927\u5b66" })]
    public void White_space_before_a_sentence_stays_as_one_space(string text, string[] sentences) =>
        Read([(text, "a")], split: true, null).Select(TextOf).Should().Equal(sentences);

    [Fact]
    public void Rows_of_one_document_do_not_run_into_each_other()
    {
        (string, string)[] rows = [("one", "a"), ("two", "a"), ("", "b"), ("three", "b"), ("", "b"), ("four", "b"), (" five", "b")];
        Read(rows, split: false, null).Select(TextOf).Should().Equal("one", " two", "three", " four", " five");
    }

    [Theory]
    [InlineData("He left. Then \u00e9t\u00e9. x")]
    [InlineData("\u5317\u4eac\u3002\u5927\u5b66\n\u5317")]
    public void A_sentence_begins_with_a_new_word(string text)
    {
        IReadOnlyList<int[]> sentences = Read([(text, "a")], split: true, null);
        sentences.Should().HaveCountGreaterThan(1);
        sentences.Should().OnlyContain(stored => stored[0] < _tokenizer.VocabSize);
        // "He": a first token of letters is no exception.
        if (text[0] == 'H') sentences[0].Take(3).Select(id => id < _tokenizer.VocabSize).Should().Equal(true, false, true);
    }

    [Fact]
    public void A_segmenters_words_stand_where_they_did_in_the_sentence()
    {
        // The second sentence has a space of its own before it.
        IReadOnlyList<int[]> sentences = Read([("\u5317\u4eac\u5927\u5b66\n\u5317\u4eac\u5927\u5b66", "a")], split: true, new Pairs());
        Begins(sentences[0]).Should().Equal(true, false, true, false);
        TextOf(sentences[1]).Should().StartWith(" ");
        Begins(sentences[1]).Should().Equal(true, true, false, true, false);

        IEnumerable<bool> Begins(int[] stored) => stored.Select(id => id < _tokenizer.VocabSize);
    }

    private IReadOnlyList<int[]> Read((string Text, string Document)[] rows, bool split, IWordSegmenter? segmenter)
    {
        IDataView data = _ml.Data.LoadFromEnumerable(rows.Select(row => new Row { Text = row.Text, Document = row.Document }));
        using SentenceStore store = new SentenceReader(new PretrainingTokens(_tokenizer, segmenter), split, () => { }).Read(data, "Text", "Document");
        var sentences = new List<int[]>();
        for (long sentence = 0; sentence < store.Sentences(store.DocumentCount - 1).End; sentence++)
        {
            List<int> ids = [];
            store.Append(sentence, ids);
            sentences.Add([.. ids]);
        }
        return sentences;
    }

    private string TextOf(int[] stored) => _tokenizer.Tokenizer.Decode(stored.Select(id => id % _tokenizer.VocabSize))!;

    // Two characters a word.
    private sealed class Pairs : IWordSegmenter
    {
        public IEnumerable<TokenOffset> Segment(string text) => Enumerable.Range(0, text.Length / 2).Select(i => new TokenOffset(2 * i, 2));
    }

    private sealed class Row
    {
        public string Text { get; set; } = "";

        public string Document { get; set; } = "";
    }
}
