using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// Around the making of modules, whose constructors draw from the global random state and leave behind the tensors that parameters were made of:
/// puts the one back and frees the others.
/// </summary>
internal sealed class ConstructionScope : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly IDisposable _random = RandomState.Preserve();

    /// <summary>Keeps the module's parameters beyond the scope.</summary>
    public void Keep(nn.Module module)
    {
        foreach (var parameter in module.parameters()) parameter.DetachFromDisposeScope();
    }

    public void Dispose()
    {
        _random.Dispose();
        _scope.Dispose();
    }
}
