using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>A <see cref="BagOfWordsTransformer"/> bound to one input schema. A window's rows are counted on all processors.</summary>
internal sealed class BagOfWordsMapper : IWindowMapper
{
    private readonly BagOfWordsTransformer _parent;
    private readonly WordInput _input;

    public BagOfWordsMapper(BagOfWordsTransformer parent, DataViewSchema schema)
    {
        (_parent, InputSchema) = (parent, schema);
        _input = WordInput.Bind(BagOfWordsTransformer.Owner, schema, parent.InputColumnName);
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add<VBuffer<ReadOnlyMemory<char>>>("SlotNames", new VectorDataViewType(TextDataViewType.Instance, parent.Table.Count), parent.CopyNames);
        OutputColumns = [new(parent.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, parent.Table.Count), annotations.ToAnnotations())];
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => [_input.Column.Index];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(_parent, input, _input, capacity);

    private sealed class Window : IWindow
    {
        // Fewer rows are done before a second thread has woken up.
        private const int RowsWorthThreads = 32;

        private readonly BagOfWordsTransformer _parent;
        private readonly ValueGetter<ReadOnlyMemory<char>>? _getText;
        private readonly Action<WordList>? _readTokens;
        private readonly Slot[] _slots;

        public Window(BagOfWordsTransformer parent, DataViewRow row, WordInput input, int capacity)
        {
            _parent = parent;
            _slots = new Slot[capacity];
            if (input.IsTokens) _readTokens = input.Open(row, parent.Splitter);
            else _getText = row.GetGetter<ReadOnlyMemory<char>>(row.Schema[input.Column.Index]);
        }

        public void Read(int index)
        {
            Slot slot = _slots[index] ??= new Slot(_parent);
            if (_getText is null)
            {
                _readTokens!(slot.Words);
                return;
            }
            ReadOnlyMemory<char> text = default;
            _getText(ref text);
            slot.Keep(text.Span);
        }

        public void Compute(int count)
        {
            _parent.Computed();
            bool split = _getText is not null;
            if (count < RowsWorthThreads) for (int i = 0; i < count; i++) _slots[i].Compute(split);
            else Parallel.For(0, count, i => _slots[i].Compute(split));
        }

        public Delegate GetGetter(int output, Func<int> slot) => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) => _slots[slot()].CopyTo(ref value));

        public void Dispose() { }
    }

    private sealed class Slot(BagOfWordsTransformer parent)
    {
        private readonly NgramCounter _counter = new(parent.Table, parent.Weights, parent.Options);
        private char[] _text = [];
        private int[] _indices = [];
        private float[] _values = [];
        private int _length, _count;

        public WordList Words { get; } = new();

        // The source may reuse the text's memory before the window is computed.
        public void Keep(ReadOnlySpan<char> text)
        {
            if (_text.Length < text.Length) _text = new char[text.Length];
            text.CopyTo(_text);
            _length = text.Length;
        }

        public void Compute(bool split)
        {
            if (split) parent.Splitter.Split(_text.AsSpan(0, _length), Words);
            _count = _counter.Count(Words, ref _indices, ref _values);
        }

        public void CopyTo(ref VBuffer<float> target)
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref target, parent.Table.Count, _count);
            _values.AsSpan(0, _count).CopyTo(editor.Values);
            // A vector whose every component is there is dense: it has no indices.
            if (_count < parent.Table.Count) _indices.AsSpan(0, _count).CopyTo(editor.Indices);
            target = editor.Commit();
        }
    }
}
