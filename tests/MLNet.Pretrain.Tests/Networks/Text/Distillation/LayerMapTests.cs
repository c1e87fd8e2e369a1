using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;

namespace MLNet.Pretrain.Tests.Networks.Text;

public class LayerMapTests
{
    private static readonly LayerMap[] s_policies = [LayerMap.Uniform, LayerMap.Spread, LayerMap.Last];

    [Fact]
    public void Published_students_have_the_layers_their_authors_gave_them()
    {
        LayerMap.Uniform.Resolve(4, 12).Should().Equal(2, 5, 8, 11);        // TinyBERT
        LayerMap.Uniform.Resolve(6, 12).Should().Equal(1, 3, 5, 7, 9, 11);
        LayerMap.Spread.Resolve(6, 12).Should().Equal(0, 2, 4, 7, 9, 11);   // DistilBERT's extraction script
        LayerMap.Last.Resolve(3, 12).Should().Equal(9, 10, 11);
        LayerMap.Of(0, 2, 4, 7, 9, 11).Resolve(6, 12).Should().Equal(0, 2, 4, 7, 9, 11);
    }

    [Fact]
    public void Every_policy_gives_different_layers_of_the_teacher_in_order_the_last_one_last() => AnySeed.Holds(random =>
    {
        int student = random.Next(1, 30), teacher = student * random.Next(1, 6);
        foreach (LayerMap policy in s_policies)
        {
            IReadOnlyList<int> layers = policy.Resolve(student, teacher);
            layers.Should().HaveCount(student).And.OnlyHaveUniqueItems().And.BeInAscendingOrder();
            layers[0].Should().BeGreaterThanOrEqualTo(0);
            layers[^1].Should().Be(teacher - 1);
        }
    });

    [Fact]
    public void Steps_of_the_even_policies_differ_by_no_more_than_they_must() => AnySeed.Holds(random =>
    {
        int student = random.Next(2, 30), times = random.Next(1, 6);
        Steps(LayerMap.Uniform.Resolve(student, student * times)).Distinct().Should().Equal(times);
        IReadOnlyList<int> spread = LayerMap.Spread.Resolve(student, student + random.Next(0, 60));
        spread[0].Should().Be(0);
        (Steps(spread).Max() - Steps(spread).Min()).Should().BeLessThanOrEqualTo(1);
    });

    [Fact]
    public void Layers_given_come_back_as_they_were() => AnySeed.Holds(random =>
    {
        int teacher = random.Next(1, 20);
        int[] given = [.. Enumerable.Range(0, random.Next(1, 30)).Select(_ => random.Next(teacher)).Order()];
        LayerMap map = LayerMap.Of(given);
        map.Resolve(given.Length, teacher).Should().Equal(given);
        map.ToString().Should().Be(string.Join(", ", given));
        int[] before = [.. given];
        Array.Fill(given, 0);
        map.Resolve(given.Length, teacher).Should().Equal(before, "the map keeps a copy");
    });

    [Fact]
    public void A_student_of_as_many_layers_has_them_all()
    {
        foreach (LayerMap policy in s_policies) policy.Resolve(5, 5).Should().Equal(0, 1, 2, 3, 4);
    }

    [Fact]
    public void Names_tell_maps_apart() => s_policies.Append(LayerMap.Of(0, 1)).Select(map => map.ToString()).Should().Equal("uniform", "spread", "last", "0, 1");

    [Fact]
    public void Maps_that_do_not_fit_are_refused()
    {
        Refused(() => LayerMap.Uniform.Resolve(5, 12), "The teacher has 12 layers and the student 5*a multiple*LayerMap.Spread*");
        Refused(() => LayerMap.Uniform.Resolve(12, 6), "*6 layers and the student 12*");
        Refused(() => LayerMap.Spread.Resolve(7, 6), "The student has 7 layers and the teacher 6; LayerMap.Spread expects*");
        Refused(() => LayerMap.Last.Resolve(7, 6), "*LayerMap.Last expects*");
        Refused(() => LayerMap.Of(0, 2).Resolve(3, 12), "The map names 2 layers (0, 2), but the student has 3*");
        Refused(() => LayerMap.Of(0, 12).Resolve(2, 12), "The map names layer 12, but the teacher has 12 layers*[0, 12)*");
        Refused(() => LayerMap.Of(), "teacherLayers is empty*");
        Refused(() => LayerMap.Of(-1, 2), "teacherLayers is -1, 2; expected layers from 0*");
        Refused(() => LayerMap.Of(3, 2), "teacherLayers is 3, 2*none before a lower one*");
        Refused(() => LayerMap.Last.Resolve(0, 3), "studentLayers is 0*");
        Refused(() => LayerMap.Last.Resolve(1, 0), "teacherLayers is 0*");
        FluentActions.Invoking(() => LayerMap.Of(null!)).Should().Throw<ArgumentNullException>();
    }

    private static void Refused(Func<object> act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);

    private static int[] Steps(IReadOnlyList<int> layers) => [.. layers.Zip(layers.Skip(1), (a, b) => b - a)];
}
