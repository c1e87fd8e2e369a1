using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>A <see cref="TokenClassificationTransformer"/> bound to one input schema.</summary>
internal sealed class TokenClassificationMapper : IWindowMapper
{
    private readonly TokenClassificationTransformer _parent;
    private readonly WordInput _input;

    public TokenClassificationMapper(TokenClassificationTransformer parent, DataViewSchema schema)
    {
        (_parent, InputSchema) = (parent, schema);
        _input = WordInput.Bind(TokenClassificationTransformer.Owner, schema, parent.Options.InputColumnName);
        OutputColumns = [.. TokenColumns.Of(_input.IsTokens, parent.Options.Scheme is not null).Select(c => new DataViewSchema.DetachedColumn(c.Name, new VectorDataViewType(c.Item)))];
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => [_input.Column.Index];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity);

    private sealed class Window : IWindow
    {
        private readonly TokenClassificationMapper _mapper;
        private readonly TaggingWindow _rows;
        private readonly Action<int> _read;

        public Window(TokenClassificationMapper mapper, DataViewRow input, int capacity)
        {
            _mapper = mapper;
            _rows = new TaggingWindow(mapper._parent, capacity);
            Action<WordRow> read = WordRowReader.Open(input, mapper._input);
            _read = slot => read(_rows.Row(slot));
        }

        public void Read(int slot) => _read(slot);

        public void Compute(int count) => _rows.Compute(count);

        public Delegate GetGetter(int output, Func<int> slot)
        {
            return _mapper.OutputColumns[output].Name switch
            {
                TokenColumns.Words => Words(word => word.Text.AsMemory()),
                TokenColumns.Tags => Words(word => word.Tag.AsMemory()),
                TokenColumns.Probabilities => Words(word => word.Probability),
                TokenColumns.EntityText => Entities(entity => entity.Text.AsMemory()),
                TokenColumns.EntityType => Entities(entity => entity.Type.AsMemory()),
                TokenColumns.EntityStart => Entities(entity => entity.Start),
                TokenColumns.EntityLength => Entities(entity => entity.Length),
                _ => Entities(entity => entity.Confidence),
            };

            Delegate Words<T>(Func<TaggedWord, T> value) => Vector(() => _rows.Result(slot()).Words, value);
            Delegate Entities<T>(Func<EntitySpan, T> value) => Vector(() => _rows.Result(slot()).Entities, value);
        }

        public void Dispose() { }

        private static ValueGetter<VBuffer<T>> Vector<TItem, T>(Func<IReadOnlyList<TItem>> items, Func<TItem, T> value) => (ref VBuffer<T> target) =>
        {
            IReadOnlyList<TItem> list = items();
            VBufferEditor<T> editor = VBufferEditor.Create(ref target, list.Count);
            for (int i = 0; i < list.Count; i++) editor.Values[i] = value(list[i]);
            target = editor.Commit();
        };
    }
}
