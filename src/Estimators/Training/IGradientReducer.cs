using TorchSharp.Modules;

namespace MLNet.Pretrain.Training;

/// <summary>The seam for data-parallel training: combines the gradients of all processes before they are clipped and applied.</summary>
internal interface IGradientReducer
{
    /// <summary>Replaces each parameter's gradient by the mean over all processes. Called once an optimizer step, parameters in the same order in every process; a parameter without a gradient is left out.</summary>
    void Reduce(IReadOnlyList<Parameter> parameters);
}
