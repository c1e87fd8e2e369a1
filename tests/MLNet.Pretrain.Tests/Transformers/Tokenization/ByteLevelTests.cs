using System.Text.Json;
using System.Text.Json.Nodes;
using MLNet.Pretrain.Tests.Support;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Tests.Transformers.Tokenization;

/// <summary>RoBERTa's byte-level BPE against the ids of GPT-2's own encoder: its vocabulary is too large to copy into the project.</summary>
public sealed class ByteLevelTests : IDisposable
{
    private readonly TestFolder _folder = new();

    [SharedDataFact("data/vocab/gpt2-encoder.json")]
    public void Every_golden_case_has_GPT_2s_ids()
    {
        SequenceTokenizer tokenizer = Open();
        var encoded = new EncodedText();
        var different = new List<string>();
        foreach (string line in File.ReadLines(SharedData.Path("golden/gpt2/bpe.jsonl")))
        {
            using JsonDocument c = JsonDocument.Parse(line);
            string text = c.RootElement.GetProperty("text").GetString()!;
            int[] expected = [.. c.RootElement.GetProperty("ids").EnumerateArray().Select(i => i.GetInt32())];
            tokenizer.Encode(text, 100_000, TruncationStrategy.LongestFirst, encoded);
            if (!encoded.Ids[1..^1].SequenceEqual(expected)) different.Add(text);
        }
        different.Should().BeEmpty();
    }

    [SharedDataFact("data/vocab/gpt2-encoder.json")]
    public void Pairs_are_separated_as_RoBERTa_does_and_files_come_back()
    {
        SequenceTokenizer tokenizer = Open();
        var encoded = new EncodedText();
        tokenizer.EncodePair("a", "b", 16, TruncationStrategy.LongestFirst, encoded);
        int s = tokenizer.ClsTokenId, end = tokenizer.SepTokenId;
        encoded.Ids.ToArray().Should().HaveCount(6).And.StartWith(s).And.EndWith(end);
        encoded.Ids[2..4].ToArray().Should().Equal(end, end);
        tokenizer.Save(_folder.File("saved"));
        var again = new EncodedText();
        SequenceTokenizer.Load(_folder.File("saved")).EncodePair("a", "b", 16, TruncationStrategy.LongestFirst, again);
        again.Ids.ToArray().Should().Equal(encoded.Ids.ToArray());
    }

    [Fact]
    public void Each_byte_of_an_emoji_stands_at_the_whole_of_it()
    {
        MLNet.Pretrain.Text.BpeVocabulary bytes = RandomClassifier.ByteLevel(["no emoji"]);
        SequenceTokenizer tokenizer = SequenceTokenizer.ByteLevel(bytes.Entries, bytes.Merges);
        var encoded = new EncodedText();
        tokenizer.Encode("x\U0001F600\u5317", 16, TruncationStrategy.LongestFirst, encoded);
        encoded.Offsets[1..^1].ToArray().Should().Equal([new(0, 1), .. Enumerable.Repeat(new TokenOffset(1, 2), 4), .. Enumerable.Repeat(new TokenOffset(3, 1), 3)]);
    }

    [Fact]
    public void A_vocabulary_without_RoBERTas_special_tokens_is_refused()
    {
        File.WriteAllText(_folder.File("vocab.json"), """{"a":0}""");
        File.WriteAllText(_folder.File("merges.txt"), "#version: 0.2\n");
        FluentActions.Invoking(() => SequenceTokenizer.Load(_folder.Path)).Should().Throw<Exception>().WithMessage("*");
    }

    public void Dispose() => _folder.Dispose();

    private SequenceTokenizer Open()
    {
        var vocabulary = (JsonObject)JsonNode.Parse(File.ReadAllText(SharedData.Path("data/vocab/gpt2-encoder.json")))!;
        foreach (string special in (string[])["<s>", "<pad>", "</s>", "<unk>", "<mask>"]) vocabulary[special] = vocabulary.Count;
        File.WriteAllText(_folder.File("vocab.json"), vocabulary.ToJsonString());
        File.Copy(SharedData.Path("data/vocab/gpt2-vocab.bpe"), _folder.File("merges.txt"));
        return SequenceTokenizer.Load(_folder.Path);
    }
}
