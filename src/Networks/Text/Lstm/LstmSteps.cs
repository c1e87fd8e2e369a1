using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>What LSTM layers over whole sequences have in common, with a projection or without.</summary>
internal static class LstmSteps
{
    /// <summary>
    /// The slopes of all steps at once. Gates: [D, T, B, 4C] with what each gate's gradient is a multiple of, the cell's gradient (input, forget, candidate) or that of
    /// what the cell shows (output). Carry: [D, T, B, C], what reaches a cell of the next one's gradient. Exposure: [D, T, B, C], what reaches it of what it shows.
    /// </summary>
    /// <param name="gates">[D, T, B, 4C] behind their functions, in the order input, forget, candidate, output.</param>
    /// <param name="cells">[D, T, B, C]</param>
    public static (Tensor Gates, Tensor Carry, Tensor Exposure) Slopes(Tensor gates, Tensor cells)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] gate = gates.chunk(4, -1);
        (Tensor i, Tensor f, Tensor g, Tensor o) = (gate[0], gate[1], gate[2], gate[3]);
        long steps = cells.shape[1];
        Tensor none = zeros_like(cells.narrow(1, 0, 1)), before = cat([none, cells.narrow(1, 0, steps - 1)], 1), squashed = cells.tanh();
        Tensor slopes = cat([g * i.Minus(i * i), before * f.Minus(f * f), i * (g * g).FromOne(), squashed * o.Minus(o * o)], -1);
        Tensor carry = cat([f.narrow(1, 1, steps - 1), none], 1), exposure = o * (squashed * squashed).FromOne();
        return (slopes.MoveToOuterDisposeScope(), carry.MoveToOuterDisposeScope(), exposure.MoveToOuterDisposeScope());
    }

    /// <summary>[D, T, B, X] -> of each direction the steps, [B, X].</summary>
    public static Tensor[][] Places(Tensor tensor) => [.. tensor.unbind(0).Select(direction => direction.unbind(0))];
}
