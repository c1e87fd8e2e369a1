using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The weights of one direction of one LSTM layer with projection. Gates stand in the order input, forget, candidate, output.</summary>
internal sealed class LstmDirection : nn.Module
{
    private readonly Linear input_linearity, state_linearity, state_projection;

    public LstmDirection(int inputSize, int cellSize, int projectionSize) : base(nameof(LstmDirection))
    {
        input_linearity = UnsetLayers.Linear(inputSize, 4 * cellSize, hasBias: false);
        state_linearity = UnsetLayers.Linear(projectionSize, 4 * cellSize);
        state_projection = UnsetLayers.Linear(cellSize, projectionSize, hasBias: false);
        RegisterComponents();
    }

    /// <summary>[4C, D]</summary>
    public Tensor Input => input_linearity.weight!;

    /// <summary>[4C, P]</summary>
    public Tensor State => state_linearity.weight!;

    /// <summary>[4C]</summary>
    public Tensor Bias => state_linearity.bias!;

    /// <summary>[P, C]</summary>
    public Tensor Projection => state_projection.weight!;

    // A cell keeps what it has until it learns to forget (Gers et al. 2000).
    public void OpenForgetGate()
    {
        long cells = Bias.shape[0] / 4;
        Bias.zero_();
        Bias.narrow(0, cells, cells).FillWith(1);
    }
}
