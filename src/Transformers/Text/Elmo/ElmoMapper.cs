using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>An <see cref="ElmoTransformer"/> bound to one input schema.</summary>
internal sealed class ElmoMapper : IWindowMapper
{
    private readonly ElmoTransformer _parent;
    private readonly WordInput _input;

    public ElmoMapper(ElmoTransformer parent, DataViewSchema schema)
    {
        (_parent, InputSchema) = (parent, schema);
        _input = WordInput.Bind(ElmoTransformer.Owner, schema, parent.Options.InputColumnName);
        var columns = new List<DataViewSchema.DetachedColumn>();
        if (parent.Options.OutputColumnName is { } vector) columns.Add(new(vector, new VectorDataViewType(NumberDataViewType.Single, parent.VectorSize)));
        if (parent.Options.TokensColumnName is { } tokens) columns.Add(new(tokens, new VectorDataViewType(NumberDataViewType.Single)));
        OutputColumns = columns;
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => [_input.Column.Index];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity, isActive);

    private sealed class Window : IWindow
    {
        private readonly ElmoTransformer _parent;
        private readonly Action<WordList> _read;
        private readonly WordList _words = new();
        private readonly ElmoTexts _texts;
        private readonly ElmoPooler _pooler;
        private readonly int _vectorIndex, _size;
        private readonly float[]? _vectors;
        private readonly float[][]? _tokens;
        private readonly bool[] _any;

        public Window(ElmoMapper mapper, DataViewRow input, int capacity, Func<int, bool> isActive)
        {
            _parent = mapper._parent;
            ElmoFeatureOptions options = _parent.Options;
            _read = mapper._input.Open(input, _parent.Model.Splitter);
            _texts = _parent.NewTexts();
            _pooler = ElmoPooler.Of(options, _parent.Model.Network.Config.LayerCount);
            _size = _parent.VectorSize;
            _vectorIndex = options.OutputColumnName is null ? -1 : 0;
            int tokensIndex = options.TokensColumnName is null ? -1 : _vectorIndex + 1;
            if (_vectorIndex >= 0 && isActive(_vectorIndex)) _vectors = new float[(long)capacity * _size];
            if (tokensIndex >= 0 && isActive(tokensIndex)) _tokens = new float[capacity][];
            _any = new bool[capacity];
        }

        public void Read(int slot)
        {
            if (slot == 0) _texts.Clear();
            _read(_words);
            _texts.Add(_words);
        }

        public void Compute(int count)
        {
            if (_vectors is not null) Array.Clear(_vectors);
            Array.Clear(_any);
            if (_tokens is not null)
                for (int slot = 0; slot < count; slot++) _tokens[slot] = new float[checked(_texts.WordCount(slot) * _size)];
            _parent.Runner.Run(device => _texts.ForEachBatch(_parent.Model.Network, device, Forward));
        }

        public Delegate GetGetter(int output, Func<int> slot) => output == _vectorIndex
            ? (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(_vectors.AsSpan(slot() * _size, _size), ref value))
            : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => Copy(_tokens![slot()], ref value));

        public void Dispose() { }

        private void Forward(ReadOnlySpan<ElmoTexts.Row> rows, Tensor words, Tensor? attentionMask)
        {
            ReadOnlySpan<float> features = ElmoPooler.Floats(_pooler.Select(_parent.Model.Network, words, attentionMask));
            int perRow = features.Length / rows.Length;
            for (int i = 0; i < rows.Length; i++)
            {
                int text = rows[i].Text, wordCount = _texts.WordCount(text);
                ElmoPooler.ForEachWord(rows[i], wordCount, features.Slice(i * perRow, perRow), _size, (word, vector) =>
                {
                    if (_vectors is not null) ElmoPooler.Add(_parent.Options.Pooling, wordCount, vector, _vectors.AsSpan(text * _size, _size), ref _any[text]);
                    if (_tokens is not null) vector.CopyTo(_tokens[text].AsSpan(word * _size));
                });
            }
        }

        private static void Copy(ReadOnlySpan<float> from, ref VBuffer<float> to)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref to, from.Length);
            from.CopyTo(editor.Values);
            to = editor.Commit();
        }
    }
}
