using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Gradient checkpointing (Chen et al. 2016): of a layer's run only the input is kept; the backward pass runs the layer again, with the same dropout, and then
/// through it. Gradients are those of an ordinary run, to the last bit on one thread, for a forward pass more of each layer and one layer's memory in place of all.
/// </summary>
internal sealed class LayerCheckpoint : autograd.MultiTensorFunction<LayerCheckpoint>
{
    /// <summary>What a layer computes of its input and a mask.</summary>
    public delegate IReadOnlyList<Tensor> Layer(Tensor x, Tensor? mask);

    private const string OfLayer = "layer", OfParameters = "parameters";

    // Before the parameters: input, mask, layer, parameters as one.
    private const int Others = 4;

    public override string Name => nameof(LayerCheckpoint);

    /// <summary>Runs a layer.</summary>
    /// <param name="layer">The same function of its arguments, the parameters and the random state whenever it is called.</param>
    /// <param name="x">Its input.</param>
    /// <param name="mask">What has no gradient; null = nothing.</param>
    /// <param name="parameters">All that it computes with; those that do not learn are passed over.</param>
    public static IReadOnlyList<Tensor> Run(Layer layer, Tensor x, Tensor? mask, IEnumerable<Parameter> parameters)
    {
        Parameter[] learning = is_grad_enabled() ? [.. parameters.Where(p => p.requires_grad)] : [];
        if (!is_grad_enabled() || (learning.Length == 0 && !x.requires_grad)) return layer(x, mask);
        return apply([x, mask!, layer, learning, .. learning]);
    }

    public override List<Tensor> forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (var x, var mask, var layer) = ((Tensor)vars[0], (Tensor?)vars[1], (Layer)vars[2]);
        // Saved once this returns, so it dies in the caller's scope.
        ctx.save_for_backward([x, LayerRandomness.Begin(x.device), mask!]);
        ctx.save_data(OfLayer, layer);
        // TorchSharp makes zeros for a result that no loss reads after a tensor that is gone by then.
        ctx.set_materialize_grads(false);
        ctx.save_data(OfParameters, vars[3]);
        return [.. layer(x, mask)];
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, List<Tensor> gradients)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (var layer, var parameters) = ((Layer)ctx.get_data(OfLayer), (Parameter[])ctx.get_data(OfParameters));
        Tensor x = saved[0].detach();
        x.requires_grad = saved[0].requires_grad;
        Tensor[] inputs = x.requires_grad ? [x, .. parameters] : [.. parameters];
        IList<Tensor> found;
        using (LayerRandomness.Repeat(saved[1]))
        using (enable_grad())
        {
            // A result that no loss reads has no gradient, one that nothing learnt has a part in passes none on.
            (Tensor Result, Tensor Gradient)[] reached = [.. layer(x, saved[2]).Zip(gradients).Where(pair => !pair.Second.IsInvalid && pair.First.requires_grad)];
            found = autograd.grad([.. reached.Select(r => r.Result)], inputs, [.. reached.Select(r => r.Gradient)], allow_unused: true);
        }
        List<Tensor> result = [.. Enumerable.Repeat<Tensor>(null!, Others)];
        if (x.requires_grad) result[0] = found[0];
        result.AddRange(found.Skip(x.requires_grad ? 1 : 0));
        return BackwardResults.Give(result, gradients);
    }
}
