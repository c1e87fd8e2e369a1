using static TorchSharp.torch;

namespace MLNet.Pretrain.Checkpoints;

/// <summary>A run of numbers in a PyTorch file.</summary>
internal sealed record PickledStorage(string Key, ScalarType Type, long Items);

/// <summary>A view of a storage.</summary>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);
