using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>Highway layers (Srivastava et al. 2015): x = g * x + (1 - g) * relu(W x + b), with gate g = sigmoid(V x + c). One product gives both, the gate last.</summary>
internal sealed class Highway : nn.Module<Tensor, Tensor>
{
    private readonly ModuleList<Linear> _layers;

    public Highway(int size, int layerCount) : base(nameof(Highway))
    {
        _layers = [.. Enumerable.Range(0, layerCount).Select(_ => UnsetLayers.Linear(size, 2 * size))];
        RegisterComponents();
    }

    // x: [N, F] -> [N, F]
    public override Tensor forward(Tensor x)
    {
        using DisposeScope scope = NewDisposeScope();
        foreach (Linear layer in _layers)
        {
            Tensor[] parts = layer.forward(x).chunk(2, -1);
            (Tensor changed, Tensor gate) = (parts[0].relu(), parts[1].sigmoid());
            x = changed.Plus(gate * x.Minus(changed));
        }
        return x.MoveToOuterDisposeScope();
    }

    // At first a layer mostly passes on what it is given.
    public void OpenGates(double bias)
    {
        foreach (Linear layer in _layers) layer.bias!.narrow(0, layer.bias.shape[0] / 2, layer.bias.shape[0] / 2).FillWith(bias);
    }
}
