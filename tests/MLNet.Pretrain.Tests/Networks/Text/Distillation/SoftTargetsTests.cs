using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class SoftTargetsTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Losses_and_gradients_are_those_of_the_definition() => AnySeed.Holds(random =>
    {
        using DisposeScope scope = NewDisposeScope();
        (double temperature, long rows, long classes) = (0.5 + 4 * random.NextDouble(), random.Next(1, 5), random.Next(1, 6));
        Tensor student = Some(random, rows, classes).requires_grad_(), teacher = Some(random, rows, classes);
        Tensor losses = SoftTargets.RowLosses(student, teacher, temperature);
        Tensor p = (teacher.to(float64) / temperature).softmax(1), exact = student.detach().to(float64).requires_grad_(), q = (exact / temperature).softmax(1);
        Tensor expected = (p * (p / q).log()).sum([1L]) * temperature * temperature;
        losses.ShouldBeNear(expected, absolute: 1e-5);
        losses.sum().backward();
        expected.sum().backward();
        student.grad!.ShouldBeNear(exact.grad!, absolute: 1e-5);
    });

    [Fact]
    public void At_a_high_temperature_it_is_the_squared_difference_of_centred_logits()
    {
        Tensor student = Some(new Random(1), 4, 3), teacher = Some(new Random(2), 4, 3);
        Tensor difference = student - student.mean([1L], keepdim: true) - teacher + teacher.mean([1L], keepdim: true);
        SoftTargets.RowLosses(student, teacher, 60).ShouldBeNear(difference.square().sum([1L]) / 6, relative: 0.1, absolute: 1e-3);
    }

    [Fact]
    public void A_teacher_that_is_certain_gives_what_a_label_would()
    {
        Tensor student = Some(new Random(1), 2, 3).requires_grad_(), teacher = tensor(new[,] { { 0, float.NegativeInfinity, float.NegativeInfinity }, { float.NegativeInfinity, float.NegativeInfinity, 5 } });
        Tensor losses = SoftTargets.RowLosses(student, teacher, 1);
        losses.ShouldBeNear(nn.functional.cross_entropy(student, tensor(new long[] { 0, 2 }), reduction: nn.Reduction.None));
        losses.sum().backward();
        student.grad!.ShouldBeNear(student.softmax(1) - tensor(new float[,] { { 1, 0, 0 }, { 0, 0, 1 } }));
    }

    [Fact]
    public void Rows_count_by_their_weights_and_those_without_label_by_their_soft_part()
    {
        Tensor soft = tensor(new float[] { 1, 2, 3 }).requires_grad_(), hard = tensor(new[] { 10, float.NaN, 30 }).requires_grad_();
        Tensor labelled = tensor(new[] { true, false, true }), weights = tensor(new float[] { 1, 2, 0.5f });
        Tensor loss = SoftTargets.Mix(soft, hard, 0.25, labelled, weights);
        loss.ShouldBeNear(tensor((0.25 * 1 + 0.75 * 10 + 2 * 0.25 * 2 + 0.5 * (0.25 * 3 + 0.75 * 30)) / 3).to(float32));
        loss.backward();
        soft.grad!.ShouldBeNear(tensor(new[] { 0.25f, 0.5f, 0.125f }) / 3);
        hard.grad!.ShouldBeNear(tensor(new[] { 0.75f, 0, 0.375f }) / 3);
        SoftTargets.Mix(soft, null, 0.5).ShouldBeNear(tensor(1f));
    }

    [Fact]
    public void Numbers_of_16_bits_are_computed_with_in_32()
    {
        Tensor student = Some(new Random(1), 4, 3).to(bfloat16), teacher = Some(new Random(2), 4, 3).to(float16);
        foreach ((Tensor actual, Tensor expected) in (IEnumerable<(Tensor, Tensor)>)
        [
            (SoftTargets.RowLosses(student, teacher, 2), SoftTargets.RowLosses(student.to(float32), teacher.to(float32), 2)),
            (SoftTargets.Mix(student[0], teacher[0], 0.5), SoftTargets.Mix(student[0].to(float32), teacher[0].to(float32), 0.5)),
        ])
        {
            actual.dtype.Should().Be(ScalarType.Float32);
            actual.ShouldBeNear(expected, 0, 0);
        }
    }

    [Fact]
    public void The_teacher_gets_no_gradients()
    {
        Tensor student = Some(new Random(1), 4).requires_grad_(), teacher = Some(new Random(2), 4).requires_grad_();
        SoftTargets.RowLosses(student.view(1, 4), teacher.view(1, 4), 2).sum().backward();
        teacher.grad.Should().BeNull();
        student.grad.Should().NotBeNull();
    }

    [Fact]
    public void What_makes_no_loss_is_refused()
    {
        Tensor two = zeros(2, 3), three = zeros(3, 3);
        FluentActions.Invoking(() => SoftTargets.RowLosses(two, three, 1)).Should().Throw<ArgumentException>().WithMessage("*student's logits have shape [2, 3] and the teacher's [3, 3]*");
        foreach (double temperature in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            FluentActions.Invoking(() => SoftTargets.RowLosses(two, two, temperature)).Should().Throw<ArgumentException>().WithMessage("temperature is*above 0*");
        foreach (double alpha in (double[])[-0.1, 1.1, double.NaN])
            FluentActions.Invoking(() => SoftTargets.Mix(two[0], null, alpha)).Should().Throw<ArgumentException>().WithMessage("alpha is*in [0, 1]*");
    }

    [Fact]
    public void Live_tensors_are_flat()
    {
        Tensor student = Some(new Random(1), 4, 3).requires_grad_(), teacher = Some(new Random(2), 4, 3), labelled = ones(4, @bool), hard = Some(new Random(3), 4);
        LiveTensors.ShouldLeaveNone(() =>
        {
            using Tensor rows = SoftTargets.RowLosses(student, teacher, 2), mixed = SoftTargets.Mix(rows, hard, 0.5, labelled, hard);
        });
    }

    private static Tensor Some(Random random, params long[] shape) => Seeded.Normal((ulong)random.Next(), shape) * 2;
}
