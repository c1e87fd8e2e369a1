using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>A small encoder and a large one, traced and compared as a training step does it.</summary>
public sealed class EncoderImitationTests : IDisposable
{
    private const int StudentLayers = 2, TeacherLayers = 4;

    private static readonly IReadOnlyList<int> s_map = LayerMap.Uniform.Resolve(StudentLayers, TeacherLayers);

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TextEncoder _student = RandomEncoder.Of(StudentLayers, width: 6, seed: 5), _teacher = RandomEncoder.Of(TeacherLayers);
    private readonly TinyBertLoss _tinyBert = new(RandomEncoder.Config(StudentLayers, 6), RandomEncoder.Config(TeacherLayers), 3);
    private readonly Tensor _ids = RandomEncoder.Ids(3, 7), _mask = RandomEncoder.Mask(7, 4, 2);

    public void Dispose() => _scope.Dispose();

    public static TheoryData<string> Methods => ["TinyBERT", "MiniLM"];

    [Theory]
    [MemberData(nameof(Methods))]
    public void The_student_learns_and_the_teacher_does_not(string method)
    {
        Parameter[] learning = [.. _student.parameters(), .. _tinyBert.parameters()];
        using var optimizer = optim.Adam(learning, 0.01);
        float first = float.NaN, last = float.NaN;
        for (int step = 0; step < 40; step++)
        {
            optimizer.zero_grad();
            Tensor loss = Loss(method, _ids, _mask);
            loss.backward();
            optimizer.step();
            last = loss.item<float>();
            if (step == 0) first = last;
        }
        last.Should().BeLessThan(0.5f * first);
        _teacher.parameters().Count(p => p.grad is not null).Should().Be(0);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void More_padding_changes_nothing(string method)
    {
        Tensor ids = cat([_ids, ones([3, 4], int64)], 1), mask = cat([_mask, zeros([3, 4], int64)], 1);
        Loss(method, ids, mask).ShouldBeNear(Loss(method, _ids, _mask), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void One_row_and_rows_of_padding_alone_are_batches_too(string method)
    {
        Tensor one = Loss(method, _ids[1..2], _mask[1..2]), two = Loss(method, _ids[1..3], RandomEncoder.Mask(4, 0, 7)[..2, ..7]);
        two.ShouldBeNear(one, 1e-4, because: "a row of padding alone counts nothing");
        Tensor none = Loss(method, _ids, _mask * 0);
        none.ShouldBeNear(zeros([]));
        (two + none).backward();
        _student.parameters().Where(p => p.grad is not null).Should().OnlyContain(p => p.grad!.isfinite().all().item<bool>());
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Encoders_of_16_bits_are_compared_in_32(string method)
    {
        Tensor exact = Loss(method, _ids, _mask);
        foreach (nn.Module module in (nn.Module[])[_student, _teacher, _tinyBert]) module.to(bfloat16);
        Tensor loss = Loss(method, _ids, _mask);
        loss.dtype.Should().Be(ScalarType.Float32);
        loss.ShouldBeNear(exact, 0.1);
        loss.backward();
        _student.get_parameter("layers.0.attention.qkv.weight")!.grad!.isfinite().all().item<bool>().Should().BeTrue();
    }

    [Theory]
    [MemberData(nameof(Methods))]
    public void Live_tensors_are_flat(string method)
    {
        void Steps(int times)
        {
            for (int i = 0; i < times; i++)
            {
                using (DisposeScope scope = NewDisposeScope()) Loss(method, _ids, _mask).backward();
                foreach (Parameter parameter in (Parameter[])[.. _student.parameters(), .. _tinyBert.parameters()])
                    using (parameter.grad) parameter.grad = null;
            }
        }

        LiveTensors.ShouldNotGrow(() => Steps(1), () => Steps(30));
    }

    [Fact]
    public void Projections_follow_from_their_seed_and_leave_the_random_state()
    {
        manual_seed(1);
        Tensor expected = rand(3);
        manual_seed(1);
        var same = new TinyBertLoss(RandomEncoder.Config(1, 6), RandomEncoder.Config(1), 3);
        rand(3).ShouldBeNear(expected, 0, 0);
        same.get_parameter("fit_dense.weight")!.ShouldBeNear(_tinyBert.get_parameter("fit_dense.weight")!, 0, 0);
        same.get_parameter("fit_dense.weight")!.shape.Should().Equal(12, 6);
    }

    private Tensor Loss(string method, Tensor ids, Tensor mask)
    {
        using DisposeScope scope = NewDisposeScope();
        bool tinyBert = method == "TinyBERT";
        EncoderTrace theirs;
        using (no_grad()) theirs = _teacher.Trace(ids, mask, null, tinyBert ? TinyBertLoss.PartsOf(s_map) : MiniLmLoss.PartsOf(TeacherLayers));
        EncoderTrace own = _student.Trace(ids, mask, null, tinyBert ? TinyBertLoss.PartsOf([0, 1]) : MiniLmLoss.PartsOf(StudentLayers));
        return (tinyBert ? _tinyBert.Encoder(own, theirs, s_map, mask) : MiniLmLoss.Encoder(own, theirs, mask)).MoveToOuterDisposeScope();
    }
}
