using System.Runtime.InteropServices;

namespace MLNet.Pretrain.Text;

/// <summary>One thread's training: its buffers, and the way of a sentence through the window kernel. The weights are shared with the others, without locks.</summary>
internal sealed unsafe class Word2VecWorker : IDisposable
{
    private const int LossEvery = 32;

    private readonly Word2VecOptions _options;
    private readonly NativeMatrix _inputs;
    private readonly IWordOutputs _outputs;
    private readonly SubwordRows? _subwords;
    private readonly int _stride;
    private readonly NativeMatrix _rows, _errors;
    private OutputSet _current, _next;
    private float* _scores;
    private int _windows;

    public Word2VecWorker(Word2VecOptions options, NativeMatrix inputs, IWordOutputs outputs, SubwordRows? subwords)
    {
        (_options, _inputs, _outputs, _subwords, _stride) = (options, inputs, outputs, subwords, inputs.Stride);
        int most = 2 * options.Window + 1;
        (_rows, _errors) = (new NativeMatrix(most + 1, inputs.Columns), new NativeMatrix(most + 1, inputs.Columns));
        (_current, _next) = (new OutputSet(outputs.MaxOutputs, inputs.Columns), new OutputSet(outputs.MaxOutputs, inputs.Columns));
        _scores = (float*)NativeMemory.AllocZeroed((nuint)((most + 1) * WindowKernel.ScoreStride), sizeof(float));
    }

    /// <summary>Sum of measured losses, a right word and its negatives each.</summary>
    public double Loss { get; private set; }

    /// <summary>How many losses were measured.</summary>
    public long LossCount { get; private set; }

    public void TrainSentence(ReadOnlySpan<int> sentence, float rate, ref FastRandom random)
    {
        if (sentence.Length < 2) return;
        bool skipGram = _options.Architecture == Word2VecArchitecture.SkipGram;
        _outputs.Choose(sentence[0], ref random, _next);
        for (int middle = 0; middle < sentence.Length; middle++)
        {
            (_current, _next) = (_next, _current);
            if (middle + 1 < sentence.Length)
            {
                _outputs.Choose(sentence[middle + 1], ref random, _next);
                for (int i = 0; i < _next.Count; i++) WindowKernel.Prefetch(_next.Rows(0)[i], _stride);
            }
            int ahead = middle + _options.Window + 1;
            if (ahead < sentence.Length) WindowKernel.Prefetch(_inputs[sentence[ahead]], _stride);
            int reach = _options.DynamicWindow ? (int)random.Next((uint)_options.Window) + 1 : _options.Window;
            int first = Math.Max(0, middle - reach), last = Math.Min(sentence.Length - 1, middle + reach);
            _current.Complete(rate);
            if (skipGram) TrainSkipGram(sentence, first, middle, last);
            else TrainBagOfWords(sentence, first, middle, last);
        }
    }

    public void ClearLoss() => (Loss, LossCount) = (0, 0);

    public void Dispose()
    {
        NativeMemory.Free(_scores);
        _scores = null;
        _rows.Dispose();
        _errors.Dispose();
        _current.Dispose();
        _next.Dispose();
    }

    private void TrainSkipGram(ReadOnlySpan<int> sentence, int first, int middle, int last)
    {
        int count = 0;
        for (int at = first; at <= last; at++)
            if (at != middle) Gather(sentence[at], _rows[count++]);
        Train(count);
        count = 0;
        for (int at = first; at <= last; at++)
            if (at != middle) Scatter(sentence[at], _errors[count++]);
    }

    private void TrainBagOfWords(ReadOnlySpan<int> sentence, int first, int middle, int last)
    {
        float* sum = _rows[0], part = _rows[2];
        new Span<float>(sum, _stride).Clear();
        for (int at = first; at <= last; at++)
        {
            if (at == middle) continue;
            if (_subwords is null)
            {
                WindowKernel.Add(_inputs[sentence[at]], sum, _stride);
            }
            else
            {
                Gather(sentence[at], part);
                WindowKernel.Add(part, sum, _stride);
            }
        }
        if (_options.CbowContext == CbowContext.Mean) WindowKernel.Scale(sum, 1f / (last - first), _stride);
        Train(1);
        for (int at = first; at <= last; at++)
            if (at != middle) Scatter(sentence[at], _errors[0]);
    }

    private void Train(int count)
    {
        // Rows are computed two by two; the odd one's partner is zero, and so are its gradients' effects.
        if (count % 2 == 1) new Span<float>(_rows[count], _stride).Clear();
        new Span<float>(_errors[0], count * _stride).Clear();
        bool measures = _windows++ % LossEvery == 0;
        for (int block = 0; block < _current.Blocks; block++)
        {
            WindowKernel.Score(_rows[0], count, _stride, _current.Rows(block), _scores);
            if (measures) Loss += _current.Loss(block, _scores, count);
            WindowKernel.Gradients(_scores, count, _current.Labels(block), _current.Rates(block));
            WindowKernel.Update(_rows[0], _errors[0], count, _stride, _current.Rows(block), _scores);
        }
        if (measures) LossCount += count;
    }

    private void Gather(int word, float* target)
    {
        if (_subwords is null)
        {
            WindowKernel.Copy(_inputs[word], target, _stride);
            return;
        }
        ReadOnlySpan<int> rows = _subwords.Of(word);
        WindowKernel.Copy(_inputs[rows[0]], target, _stride);
        foreach (int row in rows[1..]) WindowKernel.Add(_inputs[row], target, _stride);
        WindowKernel.Scale(target, 1f / rows.Length, _stride);
    }

    private void Scatter(int word, float* error)
    {
        if (_subwords is null)
        {
            WindowKernel.Add(error, _inputs[word], _stride);
            return;
        }
        foreach (int row in _subwords.Of(word)) WindowKernel.Add(error, _inputs[row], _stride);
    }
}
