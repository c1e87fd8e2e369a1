using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary><c>config.json</c> of a <see cref="TextCnn"/>.</summary>
internal sealed record TextCnnFile : WordNetworkFile
{
    public required int[] FilterSizes { get; init; }

    public required int NumFilters { get; init; }
}
