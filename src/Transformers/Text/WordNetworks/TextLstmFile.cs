using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary><c>config.json</c> of a <see cref="TextLstm"/>.</summary>
internal sealed record TextLstmFile : WordNetworkFile
{
    public required int HiddenSize { get; init; }

    public required int NumLayers { get; init; }

    public required TextLstmPooling Pooling { get; init; }
}
