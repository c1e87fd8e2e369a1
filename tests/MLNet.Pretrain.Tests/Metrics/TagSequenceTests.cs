using System.Text.Json;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Metrics;

/// <summary>Tags and entities, against seqeval (Golden/metrics/tags.json) and by hand.</summary>
public class TagSequenceTests
{
    [Fact]
    public void Well_formed_and_malformed_tags_are_read_as_seqeval_reads_them_leniently_and_strictly()
    {
        using JsonDocument cases = JsonDocument.Parse(File.ReadAllText(Golden.Path("metrics/tags.json")));
        foreach (JsonElement c in cases.RootElement.EnumerateArray())
        {
            TagScheme scheme = Enum.Parse<TagScheme>(c.GetProperty("scheme").GetString()!);
            string[] tags = [.. c.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()!)];
            TagSequence.ToSpans(tags, scheme).Should().Equal(Spans(c.GetProperty("lenient")), string.Join(' ', tags));
            TagSequence.ToSpans(tags, scheme, TagReading.Strict).Should().Equal(Spans(c.GetProperty("strict")), string.Join(' ', tags));
        }

        static TagSpan[] Spans(JsonElement array) => [.. array.EnumerateArray().Select(span => new TagSpan(span[0].GetString()!, span[1].GetInt32(), span[2].GetInt32()))];
    }

    [Fact]
    public void Entities_written_as_tags_are_read_back_in_every_reading() => AnySeed.Holds(random =>
    {
        (TagSpan[] spans, int tokens) = RandomSpans(random);
        foreach (TagScheme scheme in Enum.GetValues<TagScheme>())
        {
            string[] tags = TagSequence.FromSpans(spans.Reverse(), tokens, scheme);
            tags.Should().HaveCount(tokens);
            foreach (TagReading reading in Enum.GetValues<TagReading>()) TagSequence.ToSpans(tags, scheme, reading).Should().Equal(spans);
            TagScheme other = scheme == TagScheme.Bio ? TagScheme.Bioes : TagScheme.Bio;
            string[] converted = TagSequence.Convert(tags, scheme, other, TagReading.WellFormed);
            converted.Should().Equal(TagSequence.FromSpans(spans, tokens, other));
            TagSequence.Convert(converted, other, scheme, TagReading.WellFormed).Should().Equal(tags);
        }
    });

    [Fact]
    public void Whatever_the_tags_a_lenient_reading_gives_each_tagged_token_once_and_a_strict_one_gives_some_of_these() => AnySeed.Holds(random =>
    {
        foreach (TagScheme scheme in Enum.GetValues<TagScheme>())
        {
            IReadOnlyList<string> all = TagVocabulary.OfTypes(["A", "B"], scheme).Tags;
            string[] tags = random.GetItems(all.ToArray(), random.Next(12));
            IReadOnlyList<TagSpan> spans = TagSequence.ToSpans(tags, scheme);
            spans.SelectMany(span => Enumerable.Range(span.FirstToken, span.TokenCount)).Should().Equal(Enumerable.Range(0, tags.Length).Where(i => tags[i] != "O"));
            foreach (TagSpan span in spans) tags.Skip(span.FirstToken).Take(span.TokenCount).Should().OnlyContain(tag => tag.Substring(2) == span.Type);
            IReadOnlyList<TagSpan> strict = TagSequence.ToSpans(tags, scheme, TagReading.Strict);
            strict.Should().BeSubsetOf(spans);
            foreach (TagSpan span in strict) tags[span.FirstToken][0].Should().BeOneOf('B', 'S');

            bool wellFormed = TagSequence.Convert(tags, scheme, scheme).SequenceEqual(tags);
            Action check = () => TagSequence.ToSpans(tags, scheme, TagReading.WellFormed);
            if (wellFormed) check.Should().NotThrow();
            else check.Should().Throw<FormatException>(string.Join(' ', tags));
        }
    });

    [Fact]
    public void Iob1_becomes_iob2() =>
        TagSequence.Convert(["I-PER", "I-PER", "B-PER", "O", "I-LOC"], TagScheme.Bio, TagScheme.Bio).Should().Equal("B-PER", "I-PER", "B-PER", "O", "B-LOC");

    [Fact]
    public void A_type_may_hold_hyphens() =>
        TagSequence.ToSpans(["B-work-of-art", "E-work-of-art"], TagScheme.Bioes).Should().Equal(new TagSpan("work-of-art", 0, 2));

    [Theory]
    [InlineData("PER", TagScheme.Bio, "Row 7, token 1 has the tag 'PER'; expected O, B-<type> or I-<type>.")]
    [InlineData("B-", TagScheme.Bio, "Row 7, token 1 has the tag 'B-'; expected O, B-<type> or I-<type>.")]
    [InlineData("S-PER", TagScheme.Bio, "Row 7, token 1 has the tag 'S-PER'; expected O, B-<type> or I-<type>.")]
    [InlineData("U-PER", TagScheme.Bioes, "Row 7, token 1 has the tag 'U-PER'; expected O, B-<type>, I-<type>, E-<type> or S-<type>.")]
    [InlineData("b-PER", TagScheme.Bioes, "Row 7, token 1 has the tag 'b-PER'; expected *")]
    [InlineData("", TagScheme.Bio, "Row 7, token 1 has the tag ''; expected *")]
    [InlineData(null, TagScheme.Bio, "Row 7, token 1 has the tag ''; expected *")]
    public void What_is_no_tag_of_the_scheme_is_an_error_in_every_reading(string? tag, TagScheme scheme, string message)
    {
        foreach (TagReading reading in Enum.GetValues<TagReading>())
            FluentActions.Invoking(() => TagSequence.ToSpans(["O", tag!], scheme, reading, 7)).Should().Throw<FormatException>().WithMessage(message);
    }

    [Theory]
    [InlineData("O I-PER", TagScheme.Bio, "Token 1 has the tag 'I-PER' after 'O'; expected B-PER there. TagReading.Lenient *")]
    [InlineData("B-LOC I-PER", TagScheme.Bio, "Token 1 has the tag 'I-PER' after 'B-LOC'; expected B-PER there.*")]
    [InlineData("I-PER", TagScheme.Bio, "Token 0, the first, has the tag 'I-PER'; expected B-PER there.*")]
    [InlineData("O E-PER", TagScheme.Bioes, "Token 1 has the tag 'E-PER' after 'O'; expected B-PER or S-PER there.*")]
    [InlineData("B-PER O", TagScheme.Bioes, "Token 1 has the tag 'O' after 'B-PER'; expected I-PER or E-PER there.*")]
    [InlineData("B-PER B-PER", TagScheme.Bioes, "Token 1 has the tag 'B-PER' after 'B-PER'; expected I-PER or E-PER there.*")]
    [InlineData("O B-PER", TagScheme.Bioes, "Token 1, the last, has the tag 'B-PER'; expected S-PER there.*")]
    [InlineData("B-PER I-PER", TagScheme.Bioes, "Token 1, the last, has the tag 'I-PER'; expected E-PER there.*")]
    public void Tags_that_do_not_follow_on_one_another_are_an_error_where_they_must(string tags, TagScheme scheme, string message) =>
        FluentActions.Invoking(() => TagSequence.ToSpans(tags.Split(' '), scheme, TagReading.WellFormed)).Should().Throw<FormatException>().WithMessage(message);

    [Fact]
    public void Entities_that_tags_cannot_say_are_refused()
    {
        Refused("*FirstToken = 2, TokenCount = 2 } is no entity of a row of 3 tokens; expected a type, and one token or more inside the row.", new TagSpan("A", 2, 2));
        Refused("*is no entity of a row of 3 tokens*", new TagSpan("A", -1, 2));
        Refused("*is no entity of a row of 3 tokens*", new TagSpan("A", 1, 0));
        Refused("*is no entity of a row of 3 tokens*", new TagSpan("A", int.MaxValue, int.MaxValue));
        Refused("*is no entity of a row of 3 tokens*", new TagSpan("", 1, 1));
        Refused("*shares token 1 with another entity*", new TagSpan("A", 0, 2), new TagSpan("B", 1, 2));
        FluentActions.Invoking(() => TagSequence.ToSpans([], (TagScheme)7)).Should().Throw<ArgumentOutOfRangeException>();
        FluentActions.Invoking(() => TagSequence.ToSpans([], TagScheme.Bio, (TagReading)7)).Should().Throw<ArgumentOutOfRangeException>();

        static void Refused(string message, params TagSpan[] spans) =>
            FluentActions.Invoking(() => TagSequence.FromSpans(spans, 3, TagScheme.Bio)).Should().Throw<ArgumentException>().WithMessage(message);
    }

    // Neighbours of one type are as likely as any others.
    private static (TagSpan[] Spans, int Tokens) RandomSpans(Random random)
    {
        List<TagSpan> spans = [];
        int token = random.Next(2);
        for (int i = random.Next(6); i > 0; i--)
        {
            spans.Add(new(random.Next(2) == 0 ? "A" : "B-C", token, random.Next(1, 5)));
            token += spans[^1].TokenCount + random.Next(2);
        }
        return ([.. spans], token + random.Next(3));
    }
}
