using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// One LSTM layer (Hochreiter and Schmidhuber 1997; Gers et al. 2000) over whole sequences, several directions at once, each with weights of its own:
/// <see cref="LstmLayer"/> without projection and clipping. The inputs of all steps are one product, and so are the weights' gradients. Cells add up over all steps and are of 32 bits
/// whatever the weights are.
/// </summary>
internal sealed class PlainLstmLayer : autograd.SingleTensorFunction<PlainLstmLayer>
{
    public override string Name => nameof(PlainLstmLayer);

    /// <summary>Runs the layer from zero state.</summary>
    /// <param name="x">[D, T, B, I]: directions, steps in the order of reading, rows, input.</param>
    /// <param name="input">[D, 4H, I]; gates in the order input, forget, candidate, output.</param>
    /// <param name="state">[D, 4H, H]</param>
    /// <param name="bias">[D, 4H]</param>
    /// <returns>[D, T, B, H]</returns>
    public static Tensor Run(Tensor x, Tensor input, Tensor state, Tensor bias) => is_grad_enabled() ? apply(x, input, state, bias) : Forward(x, input, state, bias, out _, out _);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        (Tensor x, Tensor input, Tensor state) = ((Tensor)vars[0], (Tensor)vars[1], (Tensor)vars[2]);
        Tensor output = Forward(x, input, state, (Tensor)vars[3], out Tensor gates, out Tensor cells);
        ctx.save_for_backward([x, input, state, gates, cells, output]);
        return output;
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor gradient)
    {
        using DisposeScope scope = NewDisposeScope();
        List<Tensor> saved = ctx.get_saved_variables();
        (Tensor x, Tensor input, Tensor state, Tensor gates, Tensor cells, Tensor output) = (saved[0], saved[1], saved[2], saved[3], saved[4], saved[5]);
        (long directions, long steps, long rows, long size) = (output.shape[0], output.shape[1], output.shape[2], output.shape[3]);
        (Tensor dGates, Tensor carry, Tensor exposure) = LstmSteps.Slopes(gates, cells);
        Tensor dState = zeros([directions, rows, size], output.dtype, device: output.device), dCell = zeros_like(dState, cells.dtype);
        (Tensor[] dGateSteps, Tensor[] gradientSteps, Tensor[] carrySteps, Tensor[] exposureSteps) = (dGates.unbind(1), gradient.unbind(1), carry.unbind(1), exposure.unbind(1));
        Tensor[] byCell = dGates.narrow(3, 0, 3 * size).view(directions, steps, rows, 3, size).unbind(1), byExposed = dGates.narrow(3, 3 * size, size).unbind(1);
        for (int t = (int)steps - 1; t >= 0; t--)
        {
            using DisposeScope step = NewDisposeScope();
            Tensor dOutput = gradientSteps[t].Plus(dState);
            dCell.mul_(carrySteps[t]).addcmul_(dOutput, exposureSteps[t], HeldScalars.One);
            byCell[t].mul_(dCell.unsqueeze(2));
            byExposed[t].mul_(dOutput);
            if (t > 0) dState.copy_(dGateSteps[t].to(state.dtype).bmm(state));
        }
        Tensor flat = dGates.to(x.dtype).view(directions, steps * rows, -1);
        Tensor before = cat([zeros_like(output.narrow(1, 0, 1)), output.narrow(1, 0, steps - 1)], 1);   // the state that each step began with
        Tensor dx = flat.bmm(input).view(x.shape), dInput = flat.transpose(1, 2).bmm(Flat(x)), dRecurrent = flat.transpose(1, 2).bmm(Flat(before)), dBias = flat.sum(1);
        return BackwardResults.Give([dx, dInput, dRecurrent, dBias], gradient);

        Tensor Flat(Tensor tensor) => tensor.reshape(directions, steps * rows, -1);
    }

    // gates: [D, T, B, 4H] behind their functions, cells: [D, T, B, H]
    private static Tensor Forward(Tensor x, Tensor input, Tensor state, Tensor bias, out Tensor gates, out Tensor cells)
    {
        using DisposeScope scope = NewDisposeScope();
        (long directions, long steps, long rows, long size) = (x.shape[0], x.shape[1], x.shape[2], state.shape[2]);
        gates = x.reshape(directions, steps * rows, -1).bmm(input.transpose(1, 2)).add_(bias.unsqueeze(1), HeldScalars.One).view(directions, steps, rows, -1);
        cells = zeros([directions, steps, rows, size], x.dtype == ScalarType.BFloat16 ? ScalarType.Float32 : x.dtype, device: x.device);
        Tensor output = empty_like(cells, x.dtype);
        // Views of every step and direction: [B, 4H], [B, H].
        (Tensor[][] all, Tensor[][] outputs, Tensor[] recurrent) = (LstmSteps.Places(gates), LstmSteps.Places(output), state.transpose(1, 2).unbind(0));
        // Views of every step: [D, B, H].
        Tensor[][] gate = [.. gates.chunk(4, -1).Select(part => part.unbind(1))];
        (Tensor[] firstTwo, Tensor[] cell, Tensor[] outputSteps) = (gates.narrow(3, 0, 2 * size).unbind(1), cells.unbind(1), output.unbind(1));
        for (int t = 0; t < steps; t++)
        {
            using DisposeScope step = NewDisposeScope();
            if (t > 0)
                for (int d = 0; d < directions; d++) all[d][t].addmm_(outputs[d][t - 1], recurrent[d], 1, 1);
            firstTwo[t].sigmoid_();
            cell[t].addcmul_(gate[0][t], gate[2][t].tanh_(), HeldScalars.One);
            if (t > 0) cell[t].addcmul_(gate[1][t], cell[t - 1], HeldScalars.One);
            outputSteps[t].copy_(cell[t].tanh()).mul_(gate[3][t].sigmoid_());
        }
        gates.MoveToOuterDisposeScope();
        cells.MoveToOuterDisposeScope();
        return output.MoveToOuterDisposeScope();
    }
}
