using FsCheck;
using FsCheck.Fluent;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Tokenization;

/// <summary>Vocabularies cut down to texts: these texts are cut into the same tokens as before, and any other text still into some.</summary>
public class ReducedVocabularyTests
{
    private static readonly string[] s_words = ["unwanted", "wanted", "runs", "film", "films", "abca", "abcab", "naive", "\u4e2d\u6587", "caf\u00e9", "na\u00efve", "xyz", "!", ",", "\U0001f600", "[MASK]", "a"];

    private static readonly Gen<string> s_texts = Gen.ArrayOf(Gen.Elements(s_words)).Where(words => words.Length > 0).Select(words => string.Join(' ', words));

    public static TheoryData<string> Kinds => ["WordPiece", "byte level"];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Texts_of_the_corpus_have_the_same_tokens_as_before(string kind)
    {
        SequenceTokenizer whole = Tokenizer(kind);
        Prop.ForAll(Gen.ListOf(s_texts).ToArbitrary(), texts =>
        {
            SequenceTokenizer smaller = Reduce(whole, texts);
            return texts.All(text => Tokens(smaller, text).SequenceEqual(Tokens(whole, text)));
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Ids_are_those_of_the_kept_rows_in_their_order_and_special_tokens_follow(string kind)
    {
        SequenceTokenizer whole = Tokenizer(kind);
        bool[] keep = Keep(whole, ["wanted films"]);
        SequenceTokenizer smaller = whole.Reduce(keep);
        int[] kept = [.. keep.Index().Where(k => k.Item).Select(k => k.Index)];
        smaller.VocabSize.Should().Be(kept.Length).And.BeLessThan(whole.VocabSize);
        kept.Select((id, row) => smaller.TokenOf(row) == whole.TokenOf(id)).Should().OnlyContain(same => same);
        (int New, int Old)[] specials = [(smaller.PadTokenId, whole.PadTokenId), (smaller.ClsTokenId, whole.ClsTokenId), (smaller.SepTokenId, whole.SepTokenId), (smaller.MaskTokenId, whole.MaskTokenId), (smaller.UnkTokenId, whole.UnkTokenId)];
        specials.Should().OnlyContain(pair => kept[pair.New] == pair.Old);
        using var folder = new TestFolder();
        smaller.Save(folder.Path);
        Tokens(SequenceTokenizer.Load(folder.Path), "wanted films").Should().Equal(Tokens(whole, "wanted films"));
    }

    [Theory]
    [InlineData("WordPiece", "film", "f|##i|##l|##m")]
    [InlineData("byte level", " film", " |f|i|l|m")]
    public void Words_outside_the_corpus_are_spelt(string kind, string text, string expected)
    {
        SequenceTokenizer whole = Tokenizer(kind);
        Tokens(whole, text).Length.Should().BeLessThan(expected.Split('|').Length);
        Tokens(Reduce(whole, ["wanted"]), text).Should().Equal(expected.Split('|'));
    }

    [Fact]
    public void A_word_that_was_unknown_stays_unknown()
    {
        // abcd is cut greedily: abc, and then nothing for d. Without abc it would be ab, ##cd.
        var whole = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "abc", "ab", "##cd", "x"], null));
        Tokens(whole, "abcd").Should().Equal("[UNK]");
        Tokens(Reduce(whole, ["abcd", "abx", "ab", "x"]), "abcd").Should().Equal("[UNK]");
    }

    [Fact]
    public void RoBERTas_padding_keeps_its_id_because_positions_are_counted_from_it()
    {
        SequenceTokenizer whole = Tokenizer("byte level");
        Reduce(whole, ["a"]).PadTokenId.Should().Be(whole.PadTokenId);
    }

    private static SequenceTokenizer Tokenizer(string kind)
    {
        using TextClassificationTransformer model = RandomClassifier.Encoder(kind == "WordPiece" ? RandomClassifier.WordPiece(s_words) : RandomClassifier.ByteLevel(s_words));
        return ((EncoderPredictor)model.Model).TextModel.Tokenizer;
    }

    private static SequenceTokenizer Reduce(SequenceTokenizer whole, IEnumerable<string> texts) => whole.Reduce(Keep(whole, texts));

    private static bool[] Keep(SequenceTokenizer whole, IEnumerable<string> texts)
    {
        long[] uses = new long[whole.VocabSize];
        foreach (string text in texts) whole.CountUses(text, uses);
        return [.. uses.Select(count => count > 0)];
    }

    private static string[] Tokens(SequenceTokenizer tokenizer, string text)
    {
        var encoded = new EncodedText();
        tokenizer.Append(text, encoded);
        return [.. encoded.Ids.ToArray().Select(tokenizer.TokenOf)];
    }
}
