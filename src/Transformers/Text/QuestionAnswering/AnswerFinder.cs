using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Finds answers over the windows of several contexts; holds a batch of windows at a time, however many a context has.</summary>
/// <param name="model">Network and tokenizer.</param>
/// <param name="options">Lengths.</param>
/// <param name="count">Answers a row.</param>
internal sealed class AnswerFinder(TextModel<SpanClassifier> model, QuestionAnsweringOptions options, int count)
{
    private readonly QuestionWindows _windows = new(model.Tokenizer, model.ResolveMaxLength(options.MaxLength), options.Stride, options.MaxQuestionLength);
    private readonly List<Pending> _pending = [];
    private readonly List<int> _ids = [];
    private int _longest;

    /// <summary>The best answers of each row, the best first; none where no window has a token of the context.</summary>
    /// <param name="rows">Questions and contexts.</param>
    /// <param name="device">Where the network is.</param>
    public IReadOnlyList<TextAnswer>[] Find(IReadOnlyList<(string Question, string Context)> rows, Device device)
    {
        Found[] found = [.. rows.Select(row => new Found(row.Context))];
        for (int row = 0; row < rows.Count; row++)
        {
            _windows.Read(rows[row].Question, rows[row].Context);
            for (int window = 0; window < _windows.Count; window++)
            {
                (int first, int length) = _windows.Part(window);
                ReadOnlySpan<int> ids = _windows.Ids(window);
                int longest = Math.Max(_longest, ids.Length);
                if (_pending.Count > 0 && (_pending.Count + 1) * longest > options.TokensPerBatch) Run(device);
                _longest = Math.Max(_longest, ids.Length);
                _pending.Add(new Pending(found[row], _ids.Count, ids.Length, _windows.Prefix, _windows.Offsets.Slice(first, length).ToArray()));
                _ids.AddRange(ids);
            }
        }
        if (_pending.Count > 0) Run(device);
        return [.. found.Select(f => f.Best(count))];
    }

    private void Run(Device device)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        (int rows, int length) = (_pending.Count, _longest);
        long[] ids = new long[rows * length], types = new long[rows * length];
        bool[] real = new bool[rows * length];
        Array.Fill(ids, model.Tokenizer.PadTokenId);
        for (int row = 0; row < rows; row++)
        {
            Pending window = _pending[row];
            for (int i = 0; i < window.Length; i++) ids[row * length + i] = _ids[window.FirstId + i];
            real.AsSpan(row * length, window.Length).Fill(true);
            if (model.Tokenizer.HasTokenTypes) types.AsSpan(row * length + window.Prefix, window.Length - window.Prefix).Fill(1);
        }
        (Tensor starts, Tensor ends) = model.Network.forward(Placed(tensor(ids)), Placed(tensor(real)), model.Tokenizer.HasTokenTypes ? Placed(tensor(types)) : null);
        ReadOnlySpan<float> ofStarts = Floats(starts), ofEnds = Floats(ends);
        for (int row = 0; row < rows; row++) Take(_pending[row], ofStarts.Slice(row * length, length), ofEnds.Slice(row * length, length));
        _pending.Clear();
        _ids.Clear();
        _longest = 0;

        Tensor Placed(Tensor values) => values.view(rows, length).to(device);
    }

    private void Take(Pending window, ReadOnlySpan<float> starts, ReadOnlySpan<float> ends)
    {
        window.Row.NoAnswer = Math.Min(window.Row.NoAnswer, starts[0] + ends[0]);
        int tokens = window.Offsets.Length;
        if (tokens == 0) return;
        bool[] allowed = [.. window.Offsets.Select(offset => offset.Length > 0)];
        foreach (AnswerSpan span in SpanSearch.Best(starts.Slice(window.Prefix, tokens), ends.Slice(window.Prefix, tokens), allowed, options.MaxAnswerLength, count))
        {
            TokenOffset first = window.Offsets[span.Start], last = window.Offsets[span.End];
            window.Row.Add(first.Start, last.Start + last.Length - first.Start, span.Score);
        }
    }

    private static ReadOnlySpan<float> Floats(Tensor logits) => MemoryMarshal.Cast<byte, float>(logits.to(float32).to(CPU).contiguous().bytes);

    private sealed record Pending(Found Row, int FirstId, int Length, int Prefix, TokenOffset[] Offsets);

    // What a row's windows have found so far.
    private sealed class Found(string context)
    {
        private readonly Dictionary<(int Start, int Length), float> _spans = [];

        public float NoAnswer { get; set; } = float.PositiveInfinity;

        public void Add(int start, int length, float score)
        {
            if (!_spans.TryGetValue((start, length), out float known) || score > known) _spans[(start, length)] = score;
        }

        public IReadOnlyList<TextAnswer> Best(int count) =>
            [.. _spans.OrderByDescending(s => s.Value).ThenBy(s => s.Key.Start).ThenBy(s => s.Key.Length).Take(count).Select(s => new TextAnswer(context.Substring(s.Key.Start, s.Key.Length), s.Key.Start, s.Value - NoAnswer))];
    }
}
