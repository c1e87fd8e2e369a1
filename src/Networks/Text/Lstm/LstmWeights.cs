using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The weights of one direction of one LSTM layer. Gates stand in the order input, forget, candidate, output.</summary>
internal sealed class LstmWeights : nn.Module
{
    private readonly Linear input_linearity, state_linearity;

    public LstmWeights(int inputSize, int hiddenSize) : base(nameof(LstmWeights))
    {
        input_linearity = UnsetLayers.Linear(inputSize, 4 * hiddenSize);
        state_linearity = UnsetLayers.Linear(hiddenSize, 4 * hiddenSize, hasBias: false);
        RegisterComponents();
    }

    /// <summary>[4H, I]</summary>
    public Tensor Input => input_linearity.weight!;

    /// <summary>[4H, H]</summary>
    public Tensor State => state_linearity.weight!;

    /// <summary>[4H]</summary>
    public Tensor Bias => input_linearity.bias!;
}
