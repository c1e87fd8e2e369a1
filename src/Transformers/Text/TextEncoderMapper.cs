using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>A <see cref="TextEncoderTransformer"/> bound to one input schema.</summary>
internal sealed class TextEncoderMapper : IWindowMapper
{
    private readonly TextEncoderTransformer _parent;
    private readonly TextInput _input;

    public TextEncoderMapper(TextEncoderTransformer parent, DataViewSchema schema)
    {
        (_parent, InputSchema) = (parent, schema);
        TextEncodingOptions options = parent.Options;
        _input = TextInput.Bind("EncodeText", schema, options.InputColumnName, options.PairColumnName);
        var columns = new List<DataViewSchema.DetachedColumn>();
        if (options.OutputColumnName is { } vector) columns.Add(new(vector, new VectorDataViewType(NumberDataViewType.Single, parent.HiddenSize)));
        if (options.TokensColumnName is { } tokens) columns.Add(new(tokens, new VectorDataViewType(NumberDataViewType.Single)));
        OutputColumns = columns;
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => _input.Columns;

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity, isActive);

    private sealed class Window : IWindow
    {
        private readonly TextEncoderMapper _mapper;
        private readonly TextInput.Reader _reader;
        private readonly TextWindow _texts;
        private readonly int _vectorIndex, _tokensIndex;
        private readonly float[]? _vectors;
        private readonly float[][]? _tokens;

        public Window(TextEncoderMapper mapper, DataViewRow input, int capacity, Func<int, bool> isActive)
        {
            _mapper = mapper;
            TextEncoderTransformer parent = mapper._parent;
            TextEncodingOptions options = parent.Options;
            _texts = new TextWindow(parent.Model.Tokenizer, parent.MaxLength, options.Truncation, options.TokensPerBatch, capacity);
            _reader = mapper._input.Open(input, _texts);
            _vectorIndex = options.OutputColumnName is null ? -1 : 0;
            _tokensIndex = options.TokensColumnName is null ? -1 : _vectorIndex + 1;
            if (_vectorIndex >= 0 && isActive(_vectorIndex)) _vectors = new float[(long)capacity * parent.HiddenSize];
            if (_tokensIndex >= 0 && isActive(_tokensIndex)) _tokens = new float[capacity][];
        }

        public void Read(int slot) => _reader.Read(slot);

        public void Compute(int count) => _texts.ForEachBatch(count, _mapper._parent.Runner, Forward);

        public Delegate GetGetter(int output, Func<int> slot) => output == _vectorIndex
            ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                int size = _mapper._parent.HiddenSize;
                Copy(_vectors.AsSpan(slot() * size, size), ref value);
            })
            : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(_tokens![slot()], ref value));

        public void Dispose() { }

        private void Forward(ReadOnlySpan<int> slots, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds)
        {
            TextEncoderTransformer parent = _mapper._parent;
            Tensor hidden = TextPooler.Select(parent.Model.Network, parent.Options, inputIds, attentionMask, tokenTypeIds);
            int size = parent.HiddenSize;
            if (_vectors is not null)
            {
                ReadOnlySpan<float> pooled = Floats(TextPooler.Pool(parent.Model.Network, parent.Options, hidden, attentionMask));
                for (int row = 0; row < slots.Length; row++) pooled.Slice(row * size, size).CopyTo(_vectors.AsSpan(slots[row] * size));
            }
            if (_tokens is null) return;
            ReadOnlySpan<float> states = Floats(hidden);
            int length = (int)inputIds.shape[1];
            for (int row = 0; row < slots.Length; row++)
                _tokens[slots[row]] = states.Slice(row * length * size, _texts.LengthOf(slots[row]) * size).ToArray();
        }

        private static ReadOnlySpan<float> Floats(Tensor tensor) =>
            System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(tensor.to(CPU).to(float32).contiguous().bytes);

        private static void Copy(ReadOnlySpan<float> from, ref VBuffer<float> to)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref to, from.Length);
            from.CopyTo(editor.Values);
            to = editor.Commit();
        }
    }
}
