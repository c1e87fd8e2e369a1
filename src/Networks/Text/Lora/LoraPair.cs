using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The two factors of an update: B A, of the adapted matrix's shape and of a low rank. B begins at 0, so that nothing changes at first.</summary>
internal sealed class LoraPair : nn.Module
{
    private readonly Parameter lora_A, lora_B;

    public LoraPair(int inputs, int outputs, int rank, Generator generator) : base(nameof(LoraPair))
    {
        // What Kaiming's rule gives in the authors' code.
        double range = 1 / Math.Sqrt(inputs);
        lora_A = new Parameter(rand([rank, inputs], generator: generator).ScaleBy(2 * range).ShiftBy(-range));
        lora_B = new Parameter(zeros(outputs, rank));
        RegisterComponents();
    }

    /// <summary>[r, in]</summary>
    public Parameter Down => lora_A;

    /// <summary>[out, r]</summary>
    public Parameter Up => lora_B;
}
