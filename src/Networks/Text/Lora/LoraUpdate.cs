using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Networks.Text;

/// <summary>The update of one linear layer: <c>y + scale B A dropout(x)</c>, a pair for each equal part of y or none for some of them.</summary>
internal sealed class LoraUpdate(IReadOnlyList<LoraPair?> pairs, double scale, double dropout)
{
    private readonly LoraPair[] _present = [.. pairs.OfType<LoraPair>()];

    /// <summary>The factors.</summary>
    public IEnumerable<Parameter> Parameters => _present.SelectMany(pair => (Parameter[])[pair.Down, pair.Up]);

    /// <param name="y">[..., out], what the layer gives by itself.</param>
    /// <param name="x">[..., in]</param>
    /// <param name="training">Whether there is dropout.</param>
    /// <returns>[..., out]</returns>
    public Tensor AddTo(Tensor y, Tensor x, bool training)
    {
        using DisposeScope scope = NewDisposeScope();
        // All parts read x once.
        Tensor down = _present.Length == 1 ? _present[0].Down : cat([.. _present.Select(pair => (Tensor)pair.Down)], 0);
        Tensor[] low = nn.functional.linear(FastDropout.Apply(x, dropout, training), down).Times(scale).chunk(_present.Length, -1);   // each [..., r]
        if (pairs.Count == 1) return y.Plus(nn.functional.linear(low[0], _present[0].Up)).MoveToOuterDisposeScope();
        Tensor[] parts = y.chunk(pairs.Count, -1);
        for ((int part, int next) = (0, 0); part < parts.Length; part++)
            if (pairs[part] is { } pair) parts[part] = parts[part].Plus(nn.functional.linear(low[next++], pair.Up));
        return cat(parts, -1).MoveToOuterDisposeScope();
    }

    /// <summary>Adds the update to the weight itself.</summary>
    /// <param name="weight">[out, in]</param>
    public void MergeInto(Tensor weight)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor[] parts = weight.chunk(pairs.Count, 0);
        for (int part = 0; part < parts.Length; part++)
        {
            if (pairs[part] is not { } pair) continue;
            // In 32 bits, rounded once.
            Tensor update = pair.Up.to(float32).matmul(pair.Down.to(float32)).Times(scale);
            parts[part].copy_(parts[part].to(float32).Plus(update));
        }
    }
}
