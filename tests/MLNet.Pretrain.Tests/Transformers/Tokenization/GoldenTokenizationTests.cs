using System.Text.Json;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Tokenization;

/// <summary>Every case of Google's and Hugging Face's own tokenizers; Golden/bert_tokenization/README.md says how they were made.</summary>
public class GoldenTokenizationTests
{
    [SharedDataTheory("data/vocab/bert-base-uncased-vocab.txt")]
    [InlineData("uncased", "uncased", true)]
    [InlineData("cased", "cased", false)]
    [InlineData("chinese", "chinese", true)]
    [InlineData("chinese_keepcase", "chinese", false)]
    public void Ids_are_those_of_the_reference(string cases, string vocabulary, bool lowerCase)
    {
        string file = SharedData.Path($"data/vocab/bert-base-{vocabulary}-vocab.txt");
        var hugging = BertWordPieceTokenizer.Create(file, new BertWordPieceOptions { LowerCase = lowerCase });
        var google = BertWordPieceTokenizer.Create(file, new BertWordPieceOptions { LowerCase = lowerCase, RecogniseSpecialTokens = false, DropUnassigned = false, MaxWordLength = 200 });
        var wrong = new List<string>();
        int count = 0;
        foreach (string line in File.ReadLines(Golden.Path($"bert_tokenization/{cases}.jsonl")))
        {
            JsonElement row = JsonDocument.Parse(line).RootElement;
            string text = row.GetProperty("text").GetString()!;
            int[] ids = Ids(row, "ids");
            Check(google, "google", text, ids);
            Check(hugging, "hugging face", text, row.TryGetProperty("hf_ids", out _) ? Ids(row, "hf_ids") : ids);
            count++;
        }
        count.Should().Be(338);
        wrong.Should().BeEmpty();

        void Check(BertWordPieceTokenizer tokenizer, string mode, string text, int[] expected)
        {
            int[] actual = [.. tokenizer.EncodeToIds(text)];
            if (!actual.SequenceEqual(expected))
                wrong.Add($"{mode} {JsonSerializer.Serialize(text)}: {Tokens(actual)} instead of {Tokens(expected)}");
            string Tokens(int[] tokens) => string.Join(" ", tokens.Select(id => tokenizer.Vocabulary[id]));
        }
    }

    [SharedDataFact("data/vocab/bert-base-uncased-vocab.txt")]
    public void Pairs_are_cut_and_padded_as_the_reference_does()
    {
        var tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(SharedData.Path("data/vocab/bert-base-uncased-vocab.txt")));
        var encoded = new EncodedText();
        int count = 0;
        foreach (string line in File.ReadLines(Golden.Path("bert_tokenization/pairs_uncased.jsonl")))
        {
            JsonElement row = JsonDocument.Parse(line).RootElement;
            int maxLength = row.GetProperty("max_length").GetInt32();
            string text = row.GetProperty("text_a").GetString()!;
            if (row.GetProperty("text_b").GetString() is { } pair) tokenizer.EncodePair(text, pair, maxLength, TruncationStrategy.LongestFirst, encoded);
            else tokenizer.Encode(text, maxLength, TruncationStrategy.LongestFirst, encoded);
            int length = Ids(row, "attention_mask").Sum();
            encoded.Ids.ToArray().Should().Equal(Ids(row, "input_ids")[..length], line);
            encoded.TypeIds.ToArray().Select(t => (int)t).Should().Equal(Ids(row, "token_type_ids")[..length], line);
            count++;
        }
        count.Should().BeGreaterThan(10);
    }

    private static int[] Ids(JsonElement row, string name) => [.. row.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
