using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Scoring;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A <see cref="GptTransformer"/> bound to one input schema.</summary>
internal sealed class GptMapper : IWindowMapper
{
    private readonly GptTransformer _parent;
    private readonly TextInput _input;

    public GptMapper(GptTransformer parent, DataViewSchema schema)
    {
        (_parent, InputSchema) = (parent, schema);
        GptFeatureOptions options = parent.Options;
        _input = TextInput.Bind(GptTransformer.Owner, schema, options.InputColumnName, options.PairColumnName);
        OutputColumns = [new(options.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, parent.HiddenSize))];
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => _input.Columns;

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity);

    private sealed class Window : IWindow
    {
        private readonly GptTransformer _parent;
        private readonly TextInput.Reader _reader;
        private readonly TextWindow _texts;
        private readonly float[] _vectors;

        public Window(GptMapper mapper, DataViewRow input, int capacity)
        {
            _parent = mapper._parent;
            _texts = new TextWindow(_parent.Model.Tokenizer, _parent.MaxLength, _parent.Options.Truncation, _parent.Options.TokensPerBatch, capacity);
            _reader = mapper._input.Open(input, _texts);
            _vectors = new float[(long)capacity * _parent.HiddenSize];
        }

        public void Read(int slot) => _reader.Read(slot);

        public void Compute(int count) => _texts.ForEachBatch(count, _parent.Runner, Forward);

        public Delegate GetGetter(int output, Func<int> slot) => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            int size = _parent.HiddenSize;
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, size);
            _vectors.AsSpan(slot() * size, size).CopyTo(editor.Values);
            value = editor.Commit();
        });

        public void Dispose() { }

        // Rows are filled up at their end, which no real position sees: the network needs no mask.
        private void Forward(ReadOnlySpan<int> slots, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
        {
            GptDecoder network = _parent.Model.Network;
            int layer = _parent.Layer, size = _parent.HiddenSize;
            Tensor hidden = (layer == network.Config.LayerCount + 1 ? network.LastHidden(inputIds) : network.HiddenStates(inputIds)[layer]).to(float32);
            long[] lengths = new long[slots.Length];
            for (int row = 0; row < lengths.Length; row++) lengths[row] = _texts.LengthOf(slots[row]);
            Tensor pooled = _parent.Options.Pooling == GptPooling.LastToken ? LastToken(hidden, lengths) : Mean(hidden, attentionMask);
            if (_parent.Options.Normalize) pooled = pooled / pooled.norm(1, keepdim: true).AtLeast(1e-12);
            ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(pooled.to(CPU).contiguous().bytes);
            for (int row = 0; row < slots.Length; row++) values.Slice(row * size, size).CopyTo(_vectors.AsSpan(slots[row] * size));
        }

        private static Tensor LastToken(Tensor hidden, long[] lengths)
        {
            Tensor last = tensor(lengths, device: hidden.device).Plus(-1).view(-1, 1, 1).expand(-1, 1, hidden.shape[2]);
            return hidden.gather(1, last).squeeze(1);
        }

        private static Tensor Mean(Tensor hidden, Tensor? mask)
        {
            if (mask is null) return hidden.mean([1]);
            Tensor weights = mask.unsqueeze(-1).to(float32);
            return (hidden * weights).sum(1) / weights.sum(1);
        }
    }
}
