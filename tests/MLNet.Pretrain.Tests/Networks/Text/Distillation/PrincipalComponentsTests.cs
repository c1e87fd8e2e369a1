using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text.Distillation;

public class PrincipalComponentsTests
{
    private const int Rows = 57, Width = 9, Kept = 4;

    [Fact]
    public void They_are_eigenvectors_of_the_covariance_and_what_is_lost_is_the_sum_of_the_eigenvalues_left_out()
    {
        using var scope = NewDisposeScope();
        Tensor data = Data();
        (Tensor components, double[] variances) = PrincipalComponents.Of(Blocks(data), Kept);
        components.shape.Should().Equal(Kept, Width);
        variances.Should().HaveCount(Width).And.BeInDescendingOrder();

        Tensor centred = data.to(float64) - data.to(float64).mean([0L]), covariance = matmul(centred.t(), centred) / Rows, p = components.to(float64);
        matmul(p, p.t()).ShouldBeNear(eye(Kept, dtype: float64), absolute: 1e-6);
        matmul(p, covariance).ShouldBeNear(p * tensor(variances[..Kept]).unsqueeze(1), absolute: 1e-5);
        Tensor lost = centred - matmul(matmul(centred, p.t()), p);
        (lost.square().sum().item<double>() / Rows).Should().BeApproximately(variances[Kept..].Sum(), 1e-6);
        variances.Sum().Should().BeApproximately(centred.square().sum().item<double>() / Rows, 1e-9);
        p.gather(1, p.abs().argmax(1, keepdim: true)).gt(0).all().item<bool>().Should().BeTrue("signs are fixed");
    }

    [Fact]
    public void They_agree_with_a_singular_value_decomposition()
    {
        using var scope = NewDisposeScope();
        Tensor data = Data(), centred = data.to(float64) - data.to(float64).mean([0L]);
        (Tensor components, double[] variances) = PrincipalComponents.Of(Blocks(data), Width);
        (_, Tensor singular, Tensor right) = linalg.svd(centred, fullMatrices: false);
        (singular.square() / Rows).ShouldBeNear(tensor(variances), 1e-9, 1e-9);
        (right * components.to(float64)).sum([1L]).abs().ShouldBeNear(ones(Width, float64), absolute: 1e-6);
    }

    [Fact]
    public void Nothing_to_find_them_in_is_refused_and_no_tensor_stays()
    {
        FluentActions.Invoking(() => PrincipalComponents.Of([], 1)).Should().Throw<ArgumentException>().WithMessage("There are no vectors*");
        FluentActions.Invoking(() => PrincipalComponents.Of(Blocks(Data()), Width + 1)).Should().Throw<ArgumentException>().WithMessage("10 components of vectors of 9 numbers; expected 1 to 9*");
        Find();
        LiveTensors.ShouldLeaveNone(Find);

        static void Find()
        {
            using var scope = NewDisposeScope();
            PrincipalComponents.Of(Blocks(Data()), Kept);
        }
    }

    [Fact]
    public void Squared_errors_are_means_over_components_and_only_the_student_gets_gradients()
    {
        using var scope = NewDisposeScope();
        Tensor student = tensor(new float[] { 1, 2, 3, 0, 0, 0 }).reshape(2, 3).requires_grad_(), teacher = tensor(new float[] { 1, 0, 0, 3, 0, 4 }).reshape(2, 3).requires_grad_();
        VectorImitation.SquaredErrors(student, teacher).ShouldBeNear(tensor(new[] { 13 / 3f, 25 / 3f }));
        Tensor cosines = VectorImitation.Cosines(student, teacher);
        cosines.ShouldBeNear(tensor(new[] { 1 / MathF.Sqrt(14), 0 }));
        (cosines.sum() + VectorImitation.SquaredErrors(student, teacher).sum()).backward();
        student.grad.Should().NotBeNull();
        student.grad!.isfinite().all().item<bool>().Should().BeTrue("a vector of zeros has a gradient, too");
        teacher.grad.Should().BeNull();
        FluentActions.Invoking(() => VectorImitation.Cosines(student, teacher.narrow(1, 0, 2))).Should().Throw<ArgumentException>().WithMessage("*vectors have shape [2, 3]*[2, 2]*");
    }

    // Far from the origin, stretched along some axes.
    private static Tensor Data() => Seeded.Normal(3, [Rows, Width]) * arange(1, Width + 1) + 5;

    private static IEnumerable<Tensor> Blocks(Tensor data)
    {
        for (int first = 0; first < Rows; first += 20) yield return data.narrow(0, first, Math.Min(20, Rows - first)).clone();
    }
}
