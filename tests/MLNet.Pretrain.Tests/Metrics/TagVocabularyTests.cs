using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Tests.Metrics;

public class TagVocabularyTests
{
    [Fact]
    public void The_tags_of_types_are_numbered_from_O()
    {
        TagVocabulary.OfTypes(["PER", "LOC"], TagScheme.Bio).Tags.Should().Equal("O", "B-PER", "I-PER", "B-LOC", "I-LOC");
        TagVocabulary.OfTypes(["PER"], TagScheme.Bioes).Tags.Should().Equal("O", "B-PER", "I-PER", "E-PER", "S-PER");
    }

    [Fact]
    public void A_label_list_keeps_its_numbers_and_gives_that_of_the_other_scheme()
    {
        var vocabulary = new TagVocabulary(["B-MISC", "I-MISC", "O", "B-PER"], TagScheme.Bio);
        vocabulary.Types.Should().Equal("MISC", "PER");
        vocabulary.ToIds(["O", "B-PER", "B-MISC", "I-MISC"]).Should().Equal(2, 3, 0, 1);
        vocabulary.To(TagScheme.Bio).Should().BeSameAs(vocabulary);
        TagVocabulary bioes = vocabulary.To(TagScheme.Bioes);
        (bioes.Scheme, bioes.Tags.Count).Should().Be((TagScheme.Bioes, 9));
        bioes.To(TagScheme.Bio).Tags.Should().Equal("O", "B-MISC", "I-MISC", "B-PER", "I-PER");
    }

    [Theory]
    [InlineData("O B-PER PER", "Tag 2 is 'PER'; expected O, B-<type> or I-<type>.")]
    [InlineData("O B-PER E-PER", "Tag 2 is 'E-PER'; expected O, B-<type> or I-<type>.")]
    [InlineData("O B-PER O", "Tag 2 is 'O', as tag 0 is; expected different tags.")]
    [InlineData("B-PER I-PER", "The tags are 'B-PER', 'I-PER'; expected O and those of one type at least.")]
    [InlineData("O", "The tags are 'O'; expected O and those of one type at least.")]
    public void A_label_list_that_is_none_is_refused(string tags, string message) =>
        FluentActions.Invoking(() => new TagVocabulary(tags.Split(' '), TagScheme.Bio)).Should().Throw<ArgumentException>().WithMessage(message);

    [Fact]
    public void Types_that_are_empty_or_there_twice_are_refused()
    {
        FluentActions.Invoking(() => TagVocabulary.OfTypes(["PER", ""], TagScheme.Bio)).Should().Throw<ArgumentException>().WithMessage("Tag 3 is 'B-'*");
        FluentActions.Invoking(() => TagVocabulary.OfTypes(["PER", "PER"], TagScheme.Bio)).Should().Throw<ArgumentException>().WithMessage("Tag 3 is 'B-PER', as tag 1 is*");
        FluentActions.Invoking(() => TagVocabulary.OfTypes([], TagScheme.Bioes)).Should().Throw<ArgumentException>().WithMessage("The tags are 'O'*");
        FluentActions.Invoking(() => TagVocabulary.OfTypes(["PER"], (TagScheme)2)).Should().Throw<ArgumentOutOfRangeException>();
    }

    [Fact]
    public void A_tag_that_is_not_in_the_list_is_named_with_its_row() =>
        FluentActions.Invoking(() => TagVocabulary.OfTypes(["PER"], TagScheme.Bio).ToIds(["O", "B-LOC"], 12)).Should().Throw<FormatException>()
            .WithMessage("Row 12, token 1 has the tag 'B-LOC'; expected one of 'O', 'B-PER', 'I-PER'.");
}
