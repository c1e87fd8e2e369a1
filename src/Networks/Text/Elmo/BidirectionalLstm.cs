using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>
/// ELMo's stacked LSTM: two directions that never mix, each layer's input added to its output from the second layer on. Stateless: each call begins at
/// zero. Parameters have the reference implementation's names.
/// </summary>
internal sealed class BidirectionalLstm : nn.Module
{
    private readonly ElmoConfig _config;
    private readonly LstmDirection[][] _layers;
    private readonly FastDropout _dropout;

    public BidirectionalLstm(ElmoConfig config) : base(nameof(BidirectionalLstm))
    {
        _config = config;
        _dropout = new FastDropout(config.Dropout);
        _layers = [.. Enumerable.Range(0, config.LayerCount).Select(_ => (LstmDirection[])[Direction(), Direction()])];
        RegisterComponents();
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            register_module($"forward_layer_{layer}", _layers[layer][0]);
            register_module($"backward_layer_{layer}", _layers[layer][1]);
        }

        LstmDirection Direction() => new(config.ProjectionSize, config.CellSize, config.ProjectionSize);
    }

    /// <summary>The output of each layer in both directions, the places of the text in reading order for both.</summary>
    /// <param name="tokens">[B, T, P]</param>
    /// <param name="lengths">[B] int64: places behind a row's end are read by neither direction; null = every row has T.</param>
    /// <returns>A tensor [2, B, T, P] a layer: forward, then backward; at filler any values.</returns>
    public IReadOnlyList<Tensor> Run(Tensor tokens, Tensor? lengths)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor? order = lengths is null ? null : ReadingOrder.FromTheEnd(lengths, tokens.shape[1]);
        Tensor steps = tokens.transpose(0, 1);   // [T, B, P]
        Tensor x = stack([steps, ReadingOrder.Reverse(steps, order)], 0);   // [2, T, B, P], each direction in its own order of reading
        var outputs = new List<Tensor>(_layers.Length);
        for (int layer = 0; layer < _layers.Length; layer++)
        {
            LstmDirection[] directions = _layers[layer];
            x = _dropout.forward(x);
            Tensor y = LstmLayer.Run(x, Both(d => d.Input), Both(d => d.State), Both(d => d.Bias), Both(d => d.Projection), _config.CellClip, _config.ProjectionClip);
            x = layer == 0 ? y : y.Plus(x);
            outputs.Add(stack([x[0], ReadingOrder.Reverse(x[1], order)], 0).transpose(1, 2));

            Tensor Both(Func<LstmDirection, Tensor> weight) => stack([.. directions.Select(weight)], 0);
        }
        foreach (Tensor output in outputs) output.MoveToOuterDisposeScope();
        return outputs;
    }

    public void Initialize()
    {
        foreach (LstmDirection direction in _layers.SelectMany(l => l)) direction.OpenForgetGate();
    }
}
