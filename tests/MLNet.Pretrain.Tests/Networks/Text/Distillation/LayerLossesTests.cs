using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>What TinyBERT, MiniLM and DistilBERT have in common: padding counts nowhere, the teacher learns nothing, and nothing stays.</summary>
public sealed class LayerLossesTests : IDisposable
{
    private const int Heads = 2;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TinyBertLoss _tinyBert = new(RandomEncoder.Config(1, 6, 2), RandomEncoder.Config(1, 8, 2), 3);

    public void Dispose() => _scope.Dispose();

    private Case[] Losses =>
    [
        new("TinyBERT hidden", (s, t, mask) => _tinyBert.Hidden(s, t, mask), (b, t) => [b, t, 6], (b, t) => [b, t, 8], n => n, false),
        new("TinyBERT attention", (s, t, mask) => TinyBertLoss.Attention(s, t, mask), (b, t) => [b, Heads, t, t], (b, t) => [b, Heads, t, t], n => n * n, true),
        new("MiniLM attention", (s, t, mask) => MiniLmLoss.Attention(s, t, mask), (b, t) => [b, Heads, t, t], (b, t) => [b, Heads, t, t], n => n, true),
        new("MiniLM values", (s, t, mask) => MiniLmLoss.Values(s, t, mask), (b, t) => [b, Heads, t, 3], (b, t) => [b, Heads, t, 4], n => n, false),
        new("DistilBERT cosine", DistilBertLoss.Cosine, (b, t) => [b, t, 6], (b, t) => [b, t, 6], n => n, false),
    ];

    [Fact]
    public void A_padded_batch_is_the_mean_of_its_rows_alone_by_what_counts_of_them() => AnySeed.Holds(random =>
    {
        foreach ((string name, Loss loss, Shape ofStudent, Shape ofTeacher, Func<int, int> weight, bool ofPairs) in Losses)
        {
            using DisposeScope scope = NewDisposeScope();
            int[] lengths = [.. Enumerable.Range(0, random.Next(1, 4)).Select(_ => random.Next(0, 6)), random.Next(1, 6)];
            Tensor mask = RandomEncoder.Mask(lengths);
            (long rows, long longest) = (mask.shape[0], mask.shape[1]);
            Tensor student = Some(random, ofStudent(rows, longest)).requires_grad_(), teacher = Some(random, ofTeacher(rows, longest));
            Tensor alone = student.detach().clone().requires_grad_();
            Tensor expected = zeros([]);
            foreach ((int row, int length) in lengths.Index().Where(l => l.Item > 0))
                expected += loss(Cut(alone, row, length, ofPairs), Cut(teacher, row, length, ofPairs), null) * ((double)weight(length) / lengths.Sum(weight));
            Tensor actual = loss(student, teacher, mask);
            actual.ShouldBeNear(expected, 1e-4, 1e-6, name);
            loss(student, teacher, mask.to(@bool)).ShouldBeNear(actual, 0, 0, name);
            actual.backward();
            expected.backward();
            student.grad!.ShouldBeNear(alone.grad!, 1e-4, 1e-6, name);
        }
    }, 40);

    [Fact]
    public void Rows_of_padding_alone_count_nothing_whatever_they_hold()
    {
        foreach ((string name, Loss loss, Shape ofStudent, Shape ofTeacher, _, _) in Losses)
        {
            Tensor student = Some(new Random(1), ofStudent(3, 4)), teacher = Some(new Random(2), ofTeacher(3, 4));
            Tensor expected = loss(student[..2], teacher[..2], RandomEncoder.Mask(4, 3));
            using (no_grad()) (student[2], teacher[2]) = (full_like(student[2], float.NaN), full_like(teacher[2], float.NaN));
            Tensor learning = student.requires_grad_(), some = loss(learning, teacher, RandomEncoder.Mask(4, 3, 0)), none = loss(learning[2..], teacher[2..], RandomEncoder.Mask(4)[..1] * 0);
            some.ShouldBeNear(expected, because: name);
            none.ShouldBeNear(zeros([]), because: name);
            (some + none).backward();
            learning.grad!.isfinite().all().item<bool>().Should().BeTrue(name);
            learning.grad![2].abs().sum().item<float>().Should().Be(0, name);
        }
    }

    [Fact]
    public void A_student_that_is_its_teacher_has_no_loss()
    {
        foreach ((string name, Loss loss, Shape ofStudent, _, _, _) in Losses.Skip(1))
        {
            Tensor same = Some(new Random(1), ofStudent(2, 4));
            loss(same, same, RandomEncoder.Mask(4, 2)).ShouldBeNear(zeros([]), 0, 1e-6, name);
        }
    }

    [Fact]
    public void Numbers_of_16_bits_are_computed_with_in_32_and_the_teacher_gets_no_gradients()
    {
        foreach ((string name, Loss loss, Shape ofStudent, Shape ofTeacher, _, _) in Losses)
        {
            Tensor student = Some(new Random(1), ofStudent(2, 4)).to(bfloat16).requires_grad_(), teacher = Some(new Random(2), ofTeacher(2, 4)).to(bfloat16).requires_grad_(), mask = RandomEncoder.Mask(4, 2);
            Tensor actual = loss(student, teacher, mask);
            actual.dtype.Should().Be(ScalarType.Float32, name);
            actual.ShouldBeNear(loss(student.to(float32), teacher.to(float32), mask), 0, 0, name);
            actual.backward();
            student.grad!.isfinite().all().item<bool>().Should().BeTrue(name);
            teacher.grad.Should().BeNull(name);
        }
    }

    [Fact]
    public void Attention_and_value_relations_are_those_of_the_definition()
    {
        Tensor student = Some(new Random(1), 1, 1, 3, 2).to(float64), teacher = Some(new Random(2), 1, 1, 3, 5).to(float64);
        (double[,] s, double[,] t) = (Relation(student, 2), Relation(teacher, 5));
        double expected = 0;
        for (int i = 0; i < 3; i++)
            for (int j = 0; j < 3; j++) expected += t[i, j] * Math.Log(t[i, j] / s[i, j]) / 3;
        MiniLmLoss.Values(student, teacher, null).ShouldBeNear(tensor(expected), 1e-5);
        MiniLmLoss.Attention(log(tensor(s)).view(1, 1, 3, 3), log(tensor(t)).view(1, 1, 3, 3), null).ShouldBeNear(tensor(expected), 1e-5);

        static double[,] Relation(Tensor values, int width)
        {
            double[] v = values.data<double>().ToArray();
            var relation = new double[3, 3];
            for (int i = 0; i < 3; i++)
            {
                double[] row = [.. Enumerable.Range(0, 3).Select(j => Math.Exp(Enumerable.Range(0, width).Sum(k => v[i * width + k] * v[j * width + k]) / Math.Sqrt(width)))];
                for (int j = 0; j < 3; j++) relation[i, j] = row[j] / row.Sum();
            }
            return relation;
        }
    }

    [Fact]
    public void Words_where_none_is_hidden_have_no_loss()
    {
        Tensor logits = Some(new Random(1), 3, 5).requires_grad_(), none = full([3], DistilBertLoss.Ignored, int64);
        Tensor loss = DistilBertLoss.Words(logits, none) + DistilBertLoss.SoftWords(logits[..0], logits[..0], 2) + DistilBertLoss.Words(logits[..0], none[..0]);
        loss.ShouldBeNear(zeros([]));
        loss.backward();
        logits.grad!.ShouldBeNear(zeros(3, 5));
    }

    [Fact]
    public void Weights_of_the_three_parts_are_taken()
    {
        Tensor loss = DistilBertLoss.Total(tensor(1f), tensor(10f), tensor(100f), new() { SoftWords = 3, Words = 0, Cosine = 0.5 });
        loss.ShouldBeNear(tensor(53f));
    }

    [Fact]
    public void Nothing_but_the_loss_stays()
    {
        Tensor mask = RandomEncoder.Mask(4, 2), logits = Some(new Random(3), 5, 9).requires_grad_(), wanted = Some(new Random(4), 5, 9), words = arange(5);
        (Case Of, Tensor Student, Tensor Teacher)[] all = [.. Losses.Select(c => (c, Some(new Random(1), c.Student(2, 4)).requires_grad_(), Some(new Random(2), c.Teacher(2, 4))))];
        LiveTensors.ShouldLeaveNone(() =>
        {
            foreach ((Case of, Tensor student, Tensor teacher) in all)
                using (of.Loss(student, teacher, mask)) using (of.Loss(student, teacher, null)) { }
            using Tensor soft = DistilBertLoss.SoftWords(logits, wanted, 2), hard = DistilBertLoss.Words(logits, words), total = DistilBertLoss.Total(soft, hard, hard, new());
        });
    }

    [Fact]
    public void Shapes_that_cannot_be_compared_are_refused()
    {
        Refused(() => TinyBertLoss.Attention(zeros(1, 2, 3, 3), zeros(1, 4, 3, 3), null), "*student's attention scores have shape [1, 2, 3, 3] and the teacher's [1, 4, 3, 3]*");
        Refused(() => MiniLmLoss.Attention(zeros(1, 2, 3, 3), zeros(1, 4, 3, 3), null), "*attention scores*");
        Refused(() => MiniLmLoss.Values(zeros(1, 2, 3, 3), zeros(1, 4, 3, 3), null), "*values have shape [1, 2, 3, 3]*expected as many rows, heads and tokens*");
        Refused(() => DistilBertLoss.Cosine(zeros(1, 2, 3), zeros(1, 2, 4), null), "*hidden states*");
        Refused(() => _tinyBert.Hidden(zeros(1, 2, 6), zeros(1, 2, 9), null), "*[1, 2, 8] and the teacher's [1, 2, 9]*");
    }

    private static void Refused(Func<Tensor> act, string message) => act.Should().Throw<ArgumentException>().WithMessage(message);

    // The first tokens of one row; of pairs of tokens, those of both.
    private static Tensor Cut(Tensor x, int row, int length, bool ofPairs)
    {
        Tensor one = x.narrow(0, row, 1);
        one = one.narrow(one.dim() - 2, 0, length);
        return ofPairs ? one.narrow(one.dim() - 1, 0, length) : one;
    }

    private static Tensor Some(Random random, params long[] shape) => Seeded.Normal((ulong)random.Next(), shape);

    private delegate Tensor Loss(Tensor student, Tensor teacher, Tensor? mask);

    private delegate long[] Shape(long rows, long tokens);

    /// <param name="Weight">How many values a row of so many real tokens counts, up to a factor.</param>
    /// <param name="OfPairs">Whether the last axis is of tokens as well.</param>
    private sealed record Case(string Name, Loss Loss, Shape Student, Shape Teacher, Func<int, int> Weight, bool OfPairs);
}
