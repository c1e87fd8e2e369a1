using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Search;

/// <summary>An index bound to one input schema. The rows of a window are searched for side by side.</summary>
internal sealed class FindNearestMapper : IWindowMapper
{
    private readonly VectorIndex _index;
    private readonly int _input, _count;
    private readonly Action _computed;

    public FindNearestMapper(DataViewSchema schema, FindNearestOptions options, VectorIndex index, Action computed)
    {
        (InputSchema, _index, _count, _computed) = (schema, index, options.Count, computed);
        DataViewSchema.Column column = schema.GetColumnOrNull(options.InputColumnName)
            ?? throw new ArgumentException(ColumnMessages.Missing(FindNearestTransformer.Owner, options.InputColumnName, schema.Select(c => c.Name)), nameof(schema));
        if (column.Type is not VectorDataViewType vector || vector.ItemType != NumberDataViewType.Single || vector.Size != index.Size)
            throw new ArgumentException($"Column '{column.Name}' is {column.Type}; {FindNearestTransformer.Owner} reads Vector<Single, {index.Size}>, as the index has. Make both with the same encoder, or name another column in the options.", nameof(schema));
        _input = column.Index;
        OutputColumns =
        [
            new(options.OutputColumnName, new VectorDataViewType(index.Values.Type, _count), index.Values.Annotations),
            new(options.Scores, new VectorDataViewType(NumberDataViewType.Single, _count)),
        ];
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => [_input];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input.GetGetter<VBuffer<float>>(input.Schema[_input]), capacity);

    private sealed class Window(FindNearestMapper mapper, ValueGetter<VBuffer<float>> get, int capacity) : IWindow
    {
        private readonly int _count = mapper._count;
        private readonly VBuffer<float>[] _queries = new VBuffer<float>[capacity];
        private readonly int[] _rows = new int[capacity * mapper._count];
        private readonly float[] _scores = new float[capacity * mapper._count];

        public void Read(int slot) => get(ref _queries[slot]);

        public void Compute(int count)
        {
            mapper._computed();
            if (count == 1) Find(0);
            else Parallel.For(0, count, Find);
        }

        public Delegate GetGetter(int output, Func<int> slot) => output == 0
            ? mapper._index.Values.GetGetter(() => _rows.AsMemory(slot() * _count, _count))
            : (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
            {
                VBufferEditor<float> editor = VBufferEditor.Create(ref value, _count);
                _scores.AsSpan(slot() * _count, _count).CopyTo(editor.Values);
                value = editor.Commit();
            });

        public void Dispose() { }

        private void Find(int slot)
        {
            ref VBuffer<float> query = ref _queries[slot];
            ReadOnlySpan<float> dense = query.IsDense ? query.GetValues() : query.DenseValues().ToArray();
            mapper._index.Find(dense, _rows.AsSpan(slot * _count, _count), _scores.AsSpan(slot * _count, _count));
        }
    }
}
