using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.Pretrain.Scoring;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A <see cref="TextPrediction"/> bound to one input schema.</summary>
internal sealed class TextPredictionMapper : IWindowMapper
{
    private readonly TextPrediction _parent;
    private readonly TextInput _input;

    public TextPredictionMapper(TextPrediction parent, DataViewSchema schema)
    {
        (_parent, InputSchema) = (parent, schema);
        _input = TextInput.Bind(parent.Model.Owner, schema, parent.Options.InputColumnName, parent.Options.PairColumnName);
        OutputColumns = parent.Columns.Describe(schema);
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => _input.Columns;

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity);

    private sealed class Window : IWindow
    {
        private readonly TextPredictionMapper _mapper;
        private readonly TextWindow _texts;
        private readonly TextInput.Reader _reader;
        private readonly float[] _values;

        public Window(TextPredictionMapper mapper, DataViewRow input, int capacity)
        {
            _mapper = mapper;
            TextPrediction parent = mapper._parent;
            _texts = new TextWindow(parent.Model.Encoder, parent.MaxLength, parent.Options.Truncation, parent.Options.TokensPerBatch, capacity);
            _reader = mapper._input.Open(input, _texts);
            _values = new float[capacity * mapper._parent.Columns.Width];
        }

        public void Read(int slot) => _reader.Read(slot);

        public void Compute(int count) => _texts.ForEachBatch(count, _mapper._parent.Runner, Forward);

        public Delegate GetGetter(int output, Func<int> slot)
        {
            int width = _mapper._parent.Columns.Width;
            return _mapper._parent.Columns.GetGetter(output, () => _values.AsSpan(slot() * width, width));
        }

        public void Dispose() { }

        private void Forward(ReadOnlySpan<int> slots, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
        {
            int width = _mapper._parent.Columns.Width;
            Tensor logits = _mapper._parent.Model.Network.forward(inputIds, attentionMask, tokenTypeIds).to(float32);
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(_mapper._parent.Columns.Reduce(logits).to(CPU).contiguous().bytes);
            for (int row = 0; row < slots.Length; row++) values.Slice(row * width, width).CopyTo(_values.AsSpan(slots[row] * width));
        }
    }
}
