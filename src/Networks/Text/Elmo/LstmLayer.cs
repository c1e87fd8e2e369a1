using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// One LSTM layer with projection and clipping over whole sequences, several directions at once, each with weights of its own. Forward: the inputs of
/// all steps in one product, then the recurrent part step by step. Backward: written out, because the weights' gradients are then one product over all
/// steps instead of one a step. Cells add up over all steps and are of 32 bits whatever the weights are.
/// </summary>
internal sealed class LstmLayer : autograd.SingleTensorFunction<LstmLayer>
{
    private const string CellClip = "cell clip", ProjectionClip = "projection clip";

    public override string Name => nameof(LstmLayer);

    /// <summary>Runs the layer from zero state.</summary>
    /// <param name="x">[D, T, B, I]: directions, steps in the order of reading, rows, input.</param>
    /// <param name="input">[D, 4C, I]; gates in the order input, forget, candidate, output.</param>
    /// <param name="state">[D, 4C, P]</param>
    /// <param name="bias">[D, 4C]</param>
    /// <param name="projection">[D, P, C]</param>
    /// <param name="cellClip">Above 0.</param>
    /// <param name="projectionClip">Above 0.</param>
    /// <returns>[D, T, B, P]</returns>
    public static Tensor Run(Tensor x, Tensor input, Tensor state, Tensor bias, Tensor projection, double cellClip, double projectionClip) =>
        is_grad_enabled() ? apply(x, input, state, bias, projection, cellClip, projectionClip) : Forward(x, input, state, bias, projection, cellClip, projectionClip, out _, out _, out _);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x, Tensor input, Tensor state, Tensor bias, Tensor projection) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2], (Tensor)vars[3], (Tensor)vars[4]);
        Tensor output = Forward(x, input, state, bias, projection, (double)vars[5], (double)vars[6], out Tensor gates, out Tensor cells, out Tensor exposed);
        ctx.save_for_backward([x, input, state, projection, gates, cells, exposed, output]);
        ctx.save_data(CellClip, vars[5]);
        ctx.save_data(ProjectionClip, vars[6]);
        return output;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor x, Tensor input, Tensor state, Tensor projection) = (saved[0], saved[1], saved[2], saved[3]);
        (Tensor gates, Tensor cells, Tensor exposed, Tensor output) = (saved[4], saved[5], saved[6], saved[7]);
        (double cellClip, double projectionClip) = ((double)ctx.get_data(CellClip), (double)ctx.get_data(ProjectionClip));
        (long directions, long steps, long rows, long size) = (cells.shape[0], cells.shape[1], cells.shape[2], cells.shape[3]);
        // All that does not depend on the gradients of later steps is made for all steps at once; what was clipped has no slope.
        Tensor open = output.abs().IsLess(projectionClip).to(output.dtype), free = cells.abs().IsLess(cellClip).to(cells.dtype);
        (Tensor dGates, Tensor carry, Tensor exposure) = LstmSteps.Slopes(gates, cells);
        carry.mul_(free);
        exposure.mul_(free);
        Tensor dProjected = gradient * open;
        Tensor dState = zeros([directions, rows, output.shape[3]], output.dtype, device: output.device), dCell = zeros([directions, rows, size], cells.dtype, device: cells.device);
        (Tensor[] dGateSteps, Tensor[] dProjectedSteps, Tensor[] openSteps) = (dGates.unbind(1), dProjected.unbind(1), open.unbind(1));
        (Tensor[] carrySteps, Tensor[] exposureSteps) = (carry.unbind(1), exposure.unbind(1));
        Tensor[] byCell = dGates.narrow(3, 0, 3 * size).view(directions, steps, rows, 3, size).unbind(1), byExposed = dGates.narrow(3, 3 * size, size).unbind(1);
        for (int t = (int)steps - 1; t >= 0; t--)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor dExposed = dProjectedSteps[t].addcmul_(dState, openSteps[t], HeldScalars.One).bmm(projection);
            dCell.mul_(carrySteps[t]).addcmul_(dExposed, exposureSteps[t], HeldScalars.One);
            byCell[t].mul_(dCell.unsqueeze(2));
            byExposed[t].mul_(dExposed);
            if (t > 0) dState.copy_(dGateSteps[t].to(state.dtype).bmm(state));
        }
        Tensor flat = dGates.to(x.dtype).view(directions, steps * rows, -1);
        Tensor before = cat([zeros_like(output.narrow(1, 0, 1)), output.narrow(1, 0, steps - 1)], 1);   // the state that each step began with
        Tensor dx = flat.bmm(input).view(x.shape);
        Tensor dInput = flat.transpose(1, 2).bmm(Flat(x));
        Tensor dRecurrent = flat.transpose(1, 2).bmm(Flat(before));
        Tensor dBias = flat.sum(1);
        Tensor dProjection = Flat(dProjected).transpose(1, 2).bmm(Flat(exposed));
        return BackwardResults.Give([dx, dInput, dRecurrent, dBias, dProjection, null!, null!], gradient);

        Tensor Flat(Tensor tensor) => tensor.reshape(directions, steps * rows, -1);
    }

    // gates: [D, T, B, 4C] behind their functions, cells: [D, T, B, C] clipped, exposed: [D, T, B, C] = o tanh(c)
    private static Tensor Forward(Tensor x, Tensor input, Tensor state, Tensor bias, Tensor projection, double cellClip, double projectionClip, out Tensor gates, out Tensor cells, out Tensor exposed)
    {
        using DisposeScope scope = NewDisposeScope();
        (long directions, long steps, long rows, long size) = (x.shape[0], x.shape[1], x.shape[2], projection.shape[2]);
        gates = x.reshape(directions, steps * rows, -1).bmm(input.transpose(1, 2)).add_(bias.unsqueeze(1), HeldScalars.One).view(directions, steps, rows, -1);
        cells = zeros([directions, steps, rows, size], x.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : x.dtype, device: x.device);
        exposed = empty_like(cells, x.dtype);
        Tensor output = zeros([directions, steps, rows, projection.shape[1]], x.dtype, device: x.device);
        // Views of every step and direction: [B, 4C], [B, C], [B, P].
        (Tensor[][] all, Tensor[][] shown, Tensor[][] outputs) = (LstmSteps.Places(gates), LstmSteps.Places(exposed), LstmSteps.Places(output));
        (Tensor[] recurrent, Tensor[] projected) = (state.transpose(1, 2).unbind(0), projection.transpose(1, 2).unbind(0));
        // Views of every step: [D, B, C].
        Tensor[][] gate = [.. gates.chunk(4, -1).Select(part => part.unbind(1))];
        (Tensor[] firstTwo, Tensor[] cell, Tensor[] shownSteps, Tensor[] outputSteps) = (gates.narrow(3, 0, 2 * size).unbind(1), cells.unbind(1), exposed.unbind(1), output.unbind(1));
        for (int t = 0; t < steps; t++)
        {
            using DisposeScope step = NewDisposeScope();
            if (t > 0)
                for (int d = 0; d < directions; d++) all[d][t].addmm_(outputs[d][t - 1], recurrent[d], 1, 1);
            firstTwo[t].sigmoid_();
            cell[t].addcmul_(gate[0][t], gate[2][t].tanh_(), HeldScalars.One);
            if (t > 0) cell[t].addcmul_(gate[1][t], cell[t - 1], HeldScalars.One);
            cell[t].ClipTo(cellClip);
            shownSteps[t].copy_(cell[t].tanh()).mul_(gate[3][t].sigmoid_());
            for (int d = 0; d < directions; d++) outputs[d][t].addmm_(shown[d][t], projected[d], 1, 1);
            outputSteps[t].ClipTo(projectionClip);
        }
        gates.MoveToOuterDisposeScope();
        cells.MoveToOuterDisposeScope();
        exposed.MoveToOuterDisposeScope();
        return output.MoveToOuterDisposeScope();
    }
}
