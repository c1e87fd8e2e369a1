using MLNet.Pretrain.Networks;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>
/// Adam with decoupled weight decay (Loshchilov and Hutter 2019), all parameters of a group in one native call where libtorch allows it.
/// Parameters in bfloat16 get float32 masters: an update is often too small to change 8 bits of mantissa.
/// </summary>
internal sealed class AdamW : IDisposable
{
    private readonly (ParameterGroup Group, Slot[] Slots)[] _groups;
    private readonly double _beta1, _beta2, _epsilon;
    private readonly bool _fused;

    public AdamW(IReadOnlyList<ParameterGroup> groups, double beta1, double beta2, double epsilon, bool? fused = null)
    {
        (_beta1, _beta2, _epsilon, _fused) = (beta1, beta2, epsilon, fused ?? FusedKernels.Available);
        using var scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        _groups = [.. groups.Select(group => (group, group.Parameters.Select(p => new Slot(p.Name, p.Parameter)).ToArray()))];
    }

    /// <summary>Steps done.</summary>
    public long StepCount { get; set; }

    /// <summary>Means, squares, counters and masters by name: what a checkpoint holds. They stay this optimizer's.</summary>
    public IEnumerable<(string Name, Tensor Tensor)> State
    {
        get
        {
            foreach (Slot slot in _groups.SelectMany(g => g.Slots))
            {
                yield return ($"mean.{slot.Name}", slot.Mean);
                yield return ($"square.{slot.Name}", slot.Square);
                yield return ($"step.{slot.Name}", slot.Step);
                if (slot.Master is not null) yield return ($"master.{slot.Name}", slot.Master);
            }
        }
    }

    /// <summary>The 32-bit weights beside parameters of fewer bits, by the parameters' names; they stay this optimizer's.</summary>
    public IReadOnlyDictionary<string, Tensor> Masters => _groups.SelectMany(g => g.Slots).Where(s => s.Master is not null).ToDictionary(s => s.Name, s => s.Master!);

    public void ZeroGrad()
    {
        foreach (Slot slot in _groups.SelectMany(g => g.Slots))
        {
            using (slot.Parameter.grad) slot.Parameter.grad = null;
        }
    }

    /// <summary>Multiplies all gradients.</summary>
    public void ScaleGradients(double factor)
    {
        using var scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        Tensor[] gradients = [.. _groups.SelectMany(g => g.Slots).Select(s => s.Parameter.grad).OfType<Tensor>()];
        if (gradients.Length == 0) return;
        if (_fused) FusedKernels.Scale(gradients, factor);
        else foreach (Tensor gradient in gradients) gradient.ScaleBy(factor);
    }

    /// <summary>Scales all gradients down where their norm over all parameters is above <paramref name="maxNorm"/>; 0 = only measures.</summary>
    /// <returns>The norm before.</returns>
    public double ClipGradients(double maxNorm)
    {
        using var scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        Tensor[] gradients = [.. _groups.SelectMany(g => g.Slots).Select(s => s.Parameter.grad).OfType<Tensor>()];
        if (gradients.Length == 0) return 0;
        Tensor norms = _fused ? FusedKernels.Norms(gradients) : stack(gradients.Select(g => g.norm()).ToArray());
        double total = norms.to(float32).norm().to(float64).item<double>();
        if (maxNorm > 0 && total > maxNorm) ScaleGradients(maxNorm / (total + 1e-6));
        return total;
    }

    /// <summary>One step at a learning rate, before each group's scale. Parameters without a gradient stay as they are.</summary>
    public void Step(double learningRate)
    {
        using var scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        foreach ((ParameterGroup group, Slot[] slots) in _groups)
        {
            (Slot Slot, Tensor Gradient)[] active = [.. slots.Select(s => (Slot: s, Gradient: s.Parameter.grad)).Where(s => s.Gradient is not null)!];
            if (active.Length == 0) continue;
            Tensor[] targets = [.. active.Select(a => a.Slot.Target)];
            Tensor[] gradients = [.. active.Select(a => a.Gradient.to(float32))];
            double rate = learningRate * group.LearningRateScale;
            if (_fused)
            {
                FusedKernels.AdamW(targets, gradients, [.. active.Select(a => a.Slot.Mean)], [.. active.Select(a => a.Slot.Square)], [.. active.Select(a => a.Slot.Step)],
                    rate, _beta1, _beta2, group.WeightDecay, _epsilon);
            }
            else
            {
                for (int i = 0; i < active.Length; i++) PlainStep(active[i].Slot, targets[i], gradients[i], rate, group.WeightDecay);
            }
            CopyMasters(active.Select(a => a.Slot));
        }
        StepCount++;
    }

    /// <summary>Changes a parameter that learns as it is in 32 bits, and with it what training computes with.</summary>
    /// <param name="parameter">One of this optimizer's.</param>
    /// <param name="change">Changes what it is given in place.</param>
    public void Change(Parameter parameter, Action<Tensor> change)
    {
        using IDisposable _ = no_grad();
        Slot slot = _groups.SelectMany(g => g.Slots).First(s => ReferenceEquals(s.Parameter, parameter));
        change(slot.Target);
        if (slot.Master is not null) slot.Parameter.copy_(slot.Master);
    }

    /// <summary>Rounds the 32-bit weights, where they were changed from outside, into parameters of fewer bits.</summary>
    public void CopyMasters()
    {
        using IDisposable _ = no_grad();
        CopyMasters(_groups.SelectMany(g => g.Slots));
    }

    public void Dispose()
    {
        foreach (Slot slot in _groups.SelectMany(g => g.Slots)) slot.Dispose();
    }

    private void CopyMasters(IEnumerable<Slot> slots)
    {
        Slot[] rounded = [.. slots.Where(slot => slot.Master is not null)];
        if (rounded.Length == 0) return;
        if (_fused) FusedKernels.Copy([.. rounded.Select(slot => slot.Parameter)], [.. rounded.Select(slot => slot.Master!)]);
        else foreach (Slot slot in rounded) slot.Parameter.copy_(slot.Master!);
    }

    private void PlainStep(Slot slot, Tensor target, Tensor gradient, double rate, double decay)
    {
        slot.Step.ShiftBy(1);
        double steps = slot.Step.item<float>();
        using TorchSharp.Scalar first = HeldScalars.Of(1 - _beta1), second = HeldScalars.Of(1 - _beta2), length = HeldScalars.Of(-rate / (1 - Math.Pow(_beta1, steps)));
        target.ScaleBy(1 - rate * decay);
        slot.Mean.ScaleBy(_beta1).add_(gradient, alpha: first);
        slot.Square.ScaleBy(_beta2).addcmul_(gradient, gradient, value: second);
        Tensor denominator = slot.Square.Over(1 - Math.Pow(_beta2, steps)).sqrt_().ShiftBy(_epsilon);
        target.addcdiv_(slot.Mean, denominator, value: length);
    }

    /// <summary>What is kept of one parameter. Lives outside every dispose scope.</summary>
    private sealed class Slot : IDisposable
    {
        public Slot(string name, Parameter parameter)
        {
            (Name, Parameter) = (name, parameter);
            Master = parameter.dtype == ScalarType.Float32 ? null : parameter.detach().to(float32).DetachFromDisposeScope();
            Alias = parameter.detach().DetachFromDisposeScope();
            Mean = zeros(parameter.shape, float32, parameter.device).DetachFromDisposeScope();
            Square = zeros(parameter.shape, float32, parameter.device).DetachFromDisposeScope();
            Step = zeros([], float32, parameter.device).DetachFromDisposeScope();
        }

        public string Name { get; }

        public Parameter Parameter { get; }

        public Tensor Mean { get; }

        public Tensor Square { get; }

        public Tensor Step { get; }

        public Tensor? Master { get; }

        /// <summary>What the step changes: the master, or the parameter's own memory.</summary>
        public Tensor Target => Master ?? Alias;

        private Tensor Alias { get; }

        public void Dispose()
        {
            foreach (Tensor? tensor in (Tensor?[])[Mean, Square, Step, Master, Alias]) tensor?.Dispose();
        }
    }
}
