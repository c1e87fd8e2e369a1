using System.Security.Cryptography;
using System.Text;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Distillation;

/// <summary>
/// A teacher's encoder, which reads what its student reads: without dropout and without gradients (under <c>no_grad</c>, for tensors of inference mode can have no
/// part in a student's gradients), on the device and in the arithmetic of training, to which it moves at the first batch.
/// </summary>
internal sealed class TeacherEncoder : IDisposable
{
    private readonly TextModel<TextEncoder> _model;
    private readonly PretrainingNetwork? _network;
    private readonly string _owner;
    private readonly double _weights;   // how many: parameters are moved while batches are made

    /// <param name="owner">For messages.</param>
    /// <param name="model">The teacher's, which this owns.</param>
    /// <param name="student">Its student.</param>
    /// <param name="maxLength">Tokens that a row may have.</param>
    /// <exception cref="ArgumentException">They have not one vocabulary, or rows may be longer than the teacher reads. The model is disposed then.</exception>
    public TeacherEncoder(string owner, TextModel<TextEncoder> model, TextModel<TextEncoder> student, int maxLength)
    {
        (_owner, _model) = (owner, model);
        try
        {
            if (VocabularyDifference.Of(student.Tokenizer, model.Tokenizer) is { } difference)
                throw new ArgumentException($"{owner}: the teacher's tokenizer is unlike the student's: {difference}. What is learnt of tokens needs one vocabulary: make the student of the teacher's layers (WithLayers), or from scratch with the teacher's vocabulary.");
            if (maxLength > Config.MaxSequenceLength)
                throw new ArgumentException($"{owner}: rows may have {maxLength} tokens, but the teacher's encoder has positions for {Config.MaxSequenceLength}; expected at most that. Lower MaxLength.");
            _model.Network.eval();
            _model.Heads?.eval();
            if (model.Heads?.MaskedLanguageModel is not null) _network = new PretrainingNetwork(model.Network, model.Heads);
            _weights = model.Network.parameters().Concat(model.Heads?.parameters() ?? []).Sum(p => (double)p.numel());
            Fingerprint = Hash();
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    public TextEncoderConfig Config => _model.Network.Config;

    /// <summary>Whether it can say which word is hidden.</summary>
    public bool KnowsWords => _network is not null;

    /// <summary>A hash of its shape and weights.</summary>
    public string Fingerprint { get; }

    /// <summary>Its run over a batch.</summary>
    /// <param name="batch">On the device of training.</param>
    /// <param name="parts">What is kept.</param>
    /// <param name="type">The arithmetic of training.</param>
    public EncoderTrace Trace(TrainingBatch batch, EncoderTraceParts parts, ScalarType type)
    {
        Place(batch.InputIds.device, type);
        using IDisposable _ = no_grad();
        return _model.Network.Trace(batch.InputIds, batch.AttentionMask, batch.TokenTypeIds, parts);
    }

    /// <summary>Its scores of every word at the batch's positions, [M, V].</summary>
    /// <param name="hidden">[B, T, H], its own last states.</param>
    /// <param name="batch">The batch.</param>
    public Tensor Words(Tensor hidden, TrainingBatch batch)
    {
        using IDisposable _ = no_grad();
        return _network!.PredictWords(hidden, batch.Positions!);
    }

    /// <summary>Bytes that it takes: its weights, and its run over a batch.</summary>
    /// <param name="passes">Of the batch.</param>
    /// <param name="conditions">How its student learns.</param>
    public double Bytes(IReadOnlyList<(long Rows, long Length)> passes, ActivationConditions conditions) => _weights * conditions.Size
        + passes.Sum(pass => ((IActivationMemory)_model.Network).ActivationBytes(pass.Rows, pass.Length, conditions with { FrozenLayers = Config.LayerCount }));

    /// <summary>Throws where the teacher is to blame for a loss that is no finite number.</summary>
    /// <param name="said">What it has said.</param>
    /// <exception cref="InvalidOperationException">It is.</exception>
    public void CheckFinite(IEnumerable<Tensor?> said)
    {
        if (said.OfType<Tensor>().All(values => values.isfinite().all().item<bool>())) return;
        throw new InvalidOperationException($"{_owner}: the teacher's encoder gives what is no finite number; expected finite hidden states. Check the checkpoint it comes from: its training may have diverged.");
    }

    public void Dispose() => _model.Dispose();

    // Fingerprints are taken before, of the exact weights.
    private void Place(Device device, ScalarType type)
    {
        Tensor now = _model.Network.WordEmbeddingWeight;
        if (now.dtype == type && now.device_type == device.type && now.device_index == device.index) return;
        using DisposeScope scope = NewDisposeScope();
        using IDisposable _ = no_grad();
        _model.Network.to(device, type);
        _model.Heads?.to(device, type);
    }

    private string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using DisposeScope scope = NewDisposeScope();
        TextEncoderConfig c = Config;
        Append(FormattableString.Invariant($"{c.Family} {c.HeadCount} {c.PadTokenId} {c.Activation} {c.LayerNormEpsilon}"));
        foreach ((string name, Parameter parameter) in _model.Network.named_parameters().Concat(_model.Heads?.named_parameters() ?? []))
        {
            Append($"{name} {string.Join(' ', parameter.shape)}");
            hash.AppendData(parameter.detach().cpu().contiguous().bytes);
        }
        return Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 16));

        void Append(string text) => hash.AppendData(Encoding.UTF8.GetBytes(text));
    }
}
