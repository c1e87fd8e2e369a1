using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

public sealed class StudentEncoderTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TextEncoder _teacher = RandomEncoder.Of(4);

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Embeddings_chosen_layers_and_pooler_are_the_teachers()
    {
        using TextEncoder student = StudentEncoder.Of(_teacher, [0, 3]);
        student.Config.Should().Be(_teacher.Config with { LayerCount = 2 });
        Dictionary<string, Parameter> theirs = _teacher.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        foreach ((string name, Parameter parameter) in student.named_parameters())
        {
            parameter.ShouldBeNear(theirs[name.Replace("layers.1.", "layers.3.", StringComparison.Ordinal)], 0, 0, name);
            parameter.requires_grad.Should().BeTrue();
        }
        student.named_parameters().Should().Contain(p => p.name == "pooler.weight");
    }

    [Fact]
    public void All_layers_compute_what_the_teacher_does()
    {
        using TextEncoder student = StudentEncoder.Of(_teacher, LayerMap.Last.Resolve(4, 4));
        student.eval();
        Tensor ids = RandomEncoder.Ids(2, 5);
        student.forward(ids, null, null).ShouldBeNear(_teacher.forward(ids, null, null), 0, 0);
    }

    [Fact]
    public void What_the_student_learns_the_teacher_does_not()
    {
        Tensor before = _teacher.WordEmbeddingWeight.detach().clone();
        using TextEncoder student = StudentEncoder.Of(_teacher, [1, 1]);
        using (no_grad()) foreach (Parameter parameter in student.parameters()) parameter.add_(1);
        _teacher.WordEmbeddingWeight.ShouldBeNear(before, 0, 0);
        Dictionary<string, Parameter> own = student.named_parameters().ToDictionary(p => p.name, p => p.parameter);
        using (no_grad()) own["layers.0.norm.weight"].add_(1);
        own["layers.1.norm.weight"].ShouldBeNear(own["layers.0.norm.weight"] - 1, because: "one layer taken twice is two layers");
    }

    [Fact]
    public void Adapters_stay_with_the_teacher()
    {
        Tensor ids = RandomEncoder.Ids(2, 5), plain = _teacher.forward(ids, null, null);
        using var adapters = new LoraAdapters(_teacher);
        using (no_grad()) foreach (Parameter parameter in adapters.parameters()) parameter.add_(0.1);
        Tensor adapted = _teacher.forward(ids, null, null);
        using TextEncoder student = StudentEncoder.Of(_teacher, [0, 1, 2, 3]);
        student.eval();
        student.forward(ids, null, null).ShouldBeNear(plain, 0, 0);
        student.parameters().Should().OnlyContain(p => p.requires_grad);
        _teacher.forward(ids, null, null).ShouldBeNear(adapted, 0, 0);
        using var own = new LoraAdapters(student);
        own.IsAttached.Should().BeTrue("the student has room for adapters of its own");
        adapters.Merge();
        using TextEncoder merged = StudentEncoder.Of(_teacher, [0, 1, 2, 3]);
        merged.eval();
        merged.forward(ids, null, null).ShouldBeNear(adapted, 1e-4, 1e-5);
    }

    [Fact]
    public void Weights_of_16_bits_stay_as_they_are()
    {
        _teacher.to(bfloat16);
        using TextEncoder student = StudentEncoder.Of(_teacher, [2]);
        student.parameters().Should().OnlyContain(p => p.dtype == ScalarType.BFloat16);
        student.get_parameter("layers.0.output.weight")!.ShouldBeNear(_teacher.get_parameter("layers.2.output.weight")!, 0, 0);
    }

    [Fact]
    public void Layers_the_teacher_does_not_have_are_refused()
    {
        foreach (int[] layers in (int[][])[[], [4], [-1, 2]])
            FluentActions.Invoking(() => StudentEncoder.Of(_teacher, layers)).Should().Throw<ArgumentException>().WithMessage("layers is*expected one or more layers of the larger encoder, in [0, 4)*");
    }
}
