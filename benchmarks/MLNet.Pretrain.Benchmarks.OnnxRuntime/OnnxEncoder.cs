using Microsoft.ML.OnnxRuntime;

namespace MLNet.Pretrain.Benchmarks.OnnxRuntime;

/// <summary>A session as ONNX Runtime's users open it for a processor.</summary>
internal sealed class OnnxEncoder : IDisposable
{
    private static readonly string[] s_inputs = ["input_ids", "attention_mask", "token_type_ids"], s_outputs = ["last_hidden_state"];

    private readonly InferenceSession _session;
    private readonly RunOptions _run = new();

    public OnnxEncoder(string model, int threads)
    {
        // Spinning between operators (session.intra_op.allow_spinning) stays on, the default: the fastest. After a run the threads spin for some
        // milliseconds more and then sleep: an idle server uses no processor.
        using var options = new SessionOptions { IntraOpNumThreads = threads, InterOpNumThreads = 1, GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL };
        _session = new InferenceSession(model, options);
    }

    /// <summary>Runs a batch.</summary>
    /// <param name="ids">[B, T]</param>
    /// <param name="mask">[B, T], 1 = real.</param>
    /// <param name="types">Zeros, as many as ids or more.</param>
    /// <param name="rows">B</param>
    /// <param name="length">T</param>
    /// <param name="read">Given the last hidden states, [B, T, H].</param>
    public void Run(long[] ids, long[] mask, long[] types, int rows, int length, OutputReader read)
    {
        long[] shape = [rows, length];
        using OrtValue idValue = Input(ids, shape), maskValue = Input(mask, shape), typeValue = Input(types, shape);
        using IDisposableReadOnlyCollection<OrtValue> outputs = _session.Run(_run, s_inputs, [idValue, maskValue, typeValue], s_outputs);
        read(outputs[0].GetTensorDataAsSpan<float>());
    }

    public void Dispose()
    {
        _run.Dispose();
        _session.Dispose();
    }

    private static OrtValue Input(long[] values, long[] shape) => OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values.AsMemory(0, (int)(shape[0] * shape[1])), shape);

    internal delegate void OutputReader(ReadOnlySpan<float> hidden);
}
