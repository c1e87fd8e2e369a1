using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Tests.Networks.Text;

/// <summary>Against the losses of TinyBERT's code and those written after DistilBERT and MiniLM: Golden/distillation/README.md.</summary>
public sealed class GoldenDistillationTests : IDisposable
{
    private const double Temperature = 2;

    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly Dictionary<string, Tensor> _cases = GoldenTensors.Read("distillation/cases.safetensors");

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TinyBerts_soft_cross_entropy_has_the_gradient_of_soft_targets(int temperature)
    {
        Tensor student = Learning("student_logits");
        SoftTargets.RowLosses(student, _cases["teacher_logits"], temperature).mean().backward();
        // The authors take the mean over classes as well, and leave the temperature's square out; the entropy between both losses is the teacher's.
        student.grad!.ShouldBeNear(_cases[$"tinybert.soft_ce.T{temperature}.grad"] * (temperature * temperature * student.shape[1]));
    }

    [Fact]
    public void Hintons_soft_targets_agree_alone_and_mixed_with_labels()
    {
        Tensor student = Learning("student_logits"), teacher = _cases["teacher_logits"];
        Tensor soft = SoftTargets.RowLosses(student, teacher, Temperature);
        Tensor hard = nn.functional.cross_entropy(student, _cases["labels"], reduction: nn.Reduction.None);
        soft.mean().ShouldBeNear(_cases["hinton.kl"]);
        hard.mean().ShouldBeNear(_cases["hinton.ce"]);
        SoftTargets.Mix(soft, hard, 0.7).ShouldBeNear(_cases["hinton.total_alpha0.7"]);
        soft.mean().backward();
        student.grad!.ShouldBeNear(_cases["hinton.kl.grad"]);
    }

    [Fact]
    public void TinyBerts_losses_inside_the_encoder_agree()
    {
        using TinyBertLoss losses = Projection();
        IReadOnlyList<int> map = LayerMap.Uniform.Resolve(2, 4);
        for (int layer = 0; layer < 2; layer++)
            TinyBertLoss.Attention(_cases[$"student_att.{layer}"], _cases[$"teacher_att.{map[layer]}"], null).ShouldBeNear(_cases["tinybert.att_losses"][layer]);
        losses.Hidden(_cases["student_hidden.0"], _cases["teacher_hidden.0"], null).ShouldBeNear(_cases["tinybert.rep_losses"][0], because: "embeddings");
        for (int layer = 0; layer < 2; layer++)
            losses.Hidden(_cases[$"student_hidden.{layer + 1}"], _cases[$"teacher_hidden.{map[layer] + 1}"], null).ShouldBeNear(_cases["tinybert.rep_losses"][layer + 1]);
        losses.Encoder(Trace("student", 2), Trace("teacher", 4), map, null).ShouldBeNear(_cases["tinybert.loss"]);
    }

    [Fact]
    public void MiniLms_value_relation_agrees() =>
        MiniLmLoss.Values(_cases["minilm.student_values"], _cases["minilm.teacher_values"], null).ShouldBeNear(_cases["minilm.value_relation"]);

    [Fact]
    public void DistilBerts_losses_agree()
    {
        Tensor student = Learning("mlm.student_logits"), mask = _cases["attention_mask"];
        Tensor real = Positions(mask.ne(0)), hidden = Positions(_cases["mlm.labels"].ne(DistilBertLoss.Ignored));
        Tensor soft = DistilBertLoss.SoftWords(Rows(student, real), Rows(_cases["mlm.teacher_logits"], real), Temperature);
        Tensor words = DistilBertLoss.Words(student.flatten(0, 1), _cases["mlm.labels"].flatten());
        Tensor cosine = DistilBertLoss.Cosine(_cases["mlm.student_hidden"], _cases["mlm.teacher_hidden"], mask);
        soft.ShouldBeNear(_cases["distilbert.kl.attn_positions"]);
        DistilBertLoss.SoftWords(Rows(student, hidden), Rows(_cases["mlm.teacher_logits"], hidden), Temperature).ShouldBeNear(_cases["distilbert.kl.mlm_positions"]);
        words.ShouldBeNear(_cases["distilbert.mlm"]);
        cosine.ShouldBeNear(_cases["distilbert.cos"]);
        Tensor total = DistilBertLoss.Total(soft, words, cosine, new());
        total.ShouldBeNear(_cases["distilbert.loss_5_2_1"]);
        total.backward();
        student.grad!.ShouldBeNear(_cases["distilbert.loss_5_2_1.grad_student_logits"]);
    }

    private Tensor Learning(string name) => _cases[name].requires_grad_();

    private static Tensor Positions(Tensor chosen) => chosen.flatten().nonzero().squeeze(1);

    private static Tensor Rows(Tensor logits, Tensor positions) => logits.flatten(0, 1).index_select(0, positions);

    private EncoderTrace Trace(string of, int layers) => new(
        layers - 1,
        _cases[$"{of}_hidden.0"],
        Enumerable.Range(0, layers).ToDictionary(i => i, i => _cases[$"{of}_hidden.{i + 1}"]),
        Enumerable.Range(0, layers).ToDictionary(i => i, i => _cases[$"{of}_att.{i}"]),
        null);

    private TinyBertLoss Projection()
    {
        var losses = new TinyBertLoss(Shape(16), Shape(24));
        using IDisposable _ = no_grad();
        foreach (string name in (string[])["fit_dense.weight", "fit_dense.bias"]) losses.get_parameter(name)!.copy_(_cases[name]);
        return losses;

        static TextEncoderConfig Shape(int width) => new() { VocabSize = 1, HiddenSize = width, HeadCount = 4 };
    }
}
