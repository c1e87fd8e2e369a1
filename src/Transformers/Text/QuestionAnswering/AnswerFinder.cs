using System.Runtime.InteropServices;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Tokenization;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Finds answers over the windows of several contexts; holds a bounded number of windows at a time, however many a context has.</summary>
/// <param name="model">Network and tokenizer.</param>
/// <param name="options">Lengths.</param>
/// <param name="count">Answers a row.</param>
internal sealed class AnswerFinder(TextModel<SpanClassifier> model, QuestionAnsweringOptions options, int count)
{
    private const int WindowsAtOnce = 256;

    private readonly QuestionWindows _windows = new(model.Tokenizer, model.ResolveMaxLength(options.MaxLength), options.Stride, options.MaxQuestionLength);
    private readonly TextWindow _batches = new(model.Tokenizer, model.ResolveMaxLength(options.MaxLength), TruncationStrategy.Error, options.TokensPerBatch, WindowsAtOnce);
    private readonly List<Pending> _pending = [];

    /// <summary>The best answers of each row, the best first; none where no window has a token of the context.</summary>
    /// <param name="rows">Questions and contexts.</param>
    /// <param name="runner">Of the network.</param>
    public IReadOnlyList<TextAnswer>[] Find(IReadOnlyList<(string Question, string Context)> rows, TextNetworkRunner runner)
    {
        Found[] found = [.. rows.Select(row => new Found(row.Context))];
        for (int row = 0; row < rows.Count; row++)
        {
            _windows.Read(rows[row].Question, rows[row].Context);
            for (int window = 0; window < _windows.Count; window++)
            {
                if (_pending.Count == WindowsAtOnce) Run(runner);
                (int first, int length) = _windows.Part(window);
                _batches.Read(_pending.Count, _windows.Ids(window), _windows.Prefix);
                _pending.Add(new Pending(found[row], _windows.Prefix, _windows.Offsets.Slice(first, length).ToArray()));
            }
        }
        Run(runner);
        return [.. found.Select(f => f.Best(count))];
    }

    private void Run(TextNetworkRunner runner)
    {
        _batches.ForEachBatch(_pending.Count, runner, Forward);
        _pending.Clear();
    }

    private void Forward(ReadOnlySpan<int> windows, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
    {
        (Tensor starts, Tensor ends) = model.Network.forward(inputIds, attentionMask, tokenTypeIds);
        ReadOnlySpan<float> ofStarts = Floats(starts), ofEnds = Floats(ends);
        int length = (int)inputIds.shape[1];
        for (int row = 0; row < windows.Length; row++) Take(_pending[windows[row]], ofStarts.Slice(row * length, length), ofEnds.Slice(row * length, length));
    }

    private void Take(Pending window, ReadOnlySpan<float> starts, ReadOnlySpan<float> ends)
    {
        int tokens = window.Offsets.Length;
        bool[] allowed = [.. window.Offsets.Select(offset => offset.Length > 0)];
        IReadOnlyList<AnswerSpan> best = tokens == 0 ? [] : SpanSearch.Best(starts.Slice(window.Prefix, tokens), ends.Slice(window.Prefix, tokens), allowed, options.MaxAnswerLength, count);
        // Windows of one row may be in batches that are computed side by side.
        lock (window.Row)
        {
            window.Row.NoAnswer = Math.Min(window.Row.NoAnswer, starts[0] + ends[0]);
            foreach (AnswerSpan span in best)
            {
                TokenOffset first = window.Offsets[span.Start], last = window.Offsets[span.End];
                window.Row.Add(first.Start, last.Start + last.Length - first.Start, span.Score);
            }
        }
    }

    private static ReadOnlySpan<float> Floats(Tensor logits) => MemoryMarshal.Cast<byte, float>(logits.to(float32).to(CPU).contiguous().bytes);

    private sealed record Pending(Found Row, int Prefix, TokenOffset[] Offsets);

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
