using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

internal static class Activations
{
    public static Tensor Apply(Activation activation, Tensor x) => activation switch
    {
        Activation.Gelu => nn.functional.gelu(x),
        Activation.GeluTanh => nn.functional.gelu(x, TorchSharp.Modules.GELU.Approximate.tanh),
        Activation.Relu => nn.functional.relu(x),
        _ => throw new ArgumentException($"Activation is {activation}; expected one of {string.Join(", ", Enum.GetNames<Activation>())}."),
    };
}
