namespace MLNet.Pretrain.Networks.Text;

/// <summary>A network of layers that can trade time for memory while it learns; see <see cref="LayerCheckpoint"/>.</summary>
internal interface IRecomputing
{
    /// <summary>Whether what each layer computes is thrown away in the forward pass and computed again in the backward pass.</summary>
    bool RecomputesLayers { get; set; }
}
