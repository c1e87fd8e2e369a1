using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Explains texts by integrated gradients. The network that scores is used as it is; where it has 16 bits, a copy in 32 bits is, for the gradients of 16 bits
/// do not add up to the output. Not thread safe; any number may work on one network.
/// </summary>
internal sealed class TextAttributor : IDisposable
{
    private readonly TextPrediction _prediction;
    private readonly AttributionOptions _options;
    private readonly EncodedText _encoded = new();
    private readonly float[] _points;
    private IEmbeddedTextNetwork? _copy;

    public TextAttributor(TextPrediction prediction, AttributionOptions options)
    {
        options.Validate();
        (_prediction, _options) = (prediction, options);
        _points = [.. Enumerable.Range(0, options.Steps).Select(i => (float)((i + 0.5) / options.Steps))];
    }

    private IEmbeddedTextNetwork Network => _copy ?? _prediction.Model.EmbeddedNetwork;

    /// <summary>Explains a text.</summary>
    /// <param name="text">The first, or only, text.</param>
    /// <param name="pair">The second.</param>
    /// <param name="className">The class to explain; null = the predicted one.</param>
    /// <exception cref="ArgumentException">There is a second text where the network reads one, or none where it reads two; or there is no such class.</exception>
    public TextAttribution Explain(string text, string? pair, string? className)
    {
        Encode(text, pair);
        long[] ids = new long[_encoded.Length], baseline = new long[ids.Length], types = new long[ids.Length];
        for (int i = 0; i < ids.Length; i++)
        {
            (ids[i], types[i]) = (_encoded.Ids[i], _encoded.TypeIds[i]);
            baseline[i] = AttributedTokens.IsOfText(_encoded.Offsets[i]) ? BaselineTokenId : ids[i];
        }

        int? wanted = IndexOf(className), chosen = null;
        double[] ends = [], values = new double[ids.Length];
        _prediction.Runner.Run(device =>
        {
            PrepareNetwork();
            (chosen, ends) = Ends(wanted, Row(ids, device), Row(baseline, device), Types(device));
        }, inference: false);
        int rows = Math.Max(1, _options.TokensPerBatch / ids.Length);
        // Each batch is a run of its own, so that scoring goes on in between.
        foreach (float[] points in _points.Chunk(rows))
            _prediction.Runner.Run(device => Add(values, IntegratedGradients.At(Network, Row(ids, device), Row(baseline, device), Types(device), points, logits => _prediction.Columns.Explained(logits, chosen ?? 0))), inference: false);
        return new()
        {
            Class = chosen is { } index ? _prediction.Columns.Labels!.Names[index] : null,
            Output = ends[0],
            BaselineOutput = ends[1],
            Tokens = AttributedTokens.Of(_encoded.Offsets, values, text, pair),
            Truncated = _encoded.Truncated,
        };

        Tensor? Types(Device device) => types.AsSpan().ContainsAnyExcept(0) ? Row(types, device) : null;
    }

    public void Dispose() => _copy?.Dispose();

    private int BaselineTokenId => _options.Baseline == AttributionBaseline.Mask ? _prediction.Model.MaskTokenId ?? _prediction.Model.Encoder.PadTokenId : _prediction.Model.Encoder.PadTokenId;

    private void Encode(string text, string? pair)
    {
        TextScoringOptions scoring = _prediction.Options;
        if (pair is null != scoring.PairColumnName is null)
        {
            throw new ArgumentException(pair is null
                ? $"Explain: there is no second text, but this network was trained on pairs ('{scoring.InputColumnName}', '{scoring.PairColumnName}'); give both."
                : $"Explain: there is a second text, but this network was trained on single ones ('{scoring.InputColumnName}'); leave pair null.", nameof(pair));
        }
        if (pair is null) _prediction.Model.Encoder.Encode(text, _prediction.MaxLength, scoring.Truncation, _encoded);
        else _prediction.Model.Encoder.EncodePair(text, pair, _prediction.MaxLength, scoring.Truncation, _encoded);
    }

    private int? IndexOf(string? name)
    {
        if (name is null) return null;
        if (_prediction.Columns.Labels is not { Names: var names }) throw new ArgumentException($"Explain: Class is '{name}', but this network predicts a number; leave it null.");
        int index = names.Index().Where(n => n.Item == name).Select(n => n.Index).FirstOrDefault(-1);
        return index >= 0 ? index : throw new ArgumentException($"Explain: Class is '{name}', which is no class of this network. Classes: {string.Join(", ", names.Select(n => $"'{n}'"))}.");
    }

    private void PrepareNetwork()
    {
        if (_copy is null && _prediction.Model.Network.parameters().First().dtype != float32) _copy = _prediction.Model.EmbeddedNetwork.CopyInFloat32();
    }

    private (int? Class, double[] Ends) Ends(int? wanted, Tensor ids, Tensor baseline, Tensor? types)
    {
        using IDisposable _ = no_grad();
        Tensor text = Network.FromEmbeddings(Network.Embed(ids, ids, types)), hidden = Network.FromEmbeddings(Network.Embed(baseline, ids, types));
        int? chosen = _prediction.Columns.Labels is null ? null : wanted ?? (int)text.argmax(-1).item<long>();
        Tensor both = _prediction.Columns.Explained(cat([text, hidden], 0), chosen ?? 0);
        return (chosen, [.. Values(both).ToArray().Select(v => (double)v)]);
    }

    private void Add(double[] values, Tensor part)
    {
        ReadOnlySpan<float> parts = Values(part);
        for (int i = 0; i < values.Length; i++) values[i] += parts[i] / _options.Steps;
    }

    private static ReadOnlySpan<float> Values(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.detach().to(float32).to(CPU).contiguous().bytes);

    private static Tensor Row(long[] ids, Device device) => tensor(ids, [1, ids.Length], device: device);
}
