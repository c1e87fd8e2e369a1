using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>Word vectors bound to one input schema. A window of rows costs what its rows cost one by one; it is there so that nothing is computed unasked.</summary>
/// <param name="owner">Who asks, for messages.</param>
/// <param name="schema">Of the input.</param>
/// <param name="options">Columns.</param>
/// <param name="splitter">Text to words.</param>
/// <param name="pooler">Words to vector.</param>
/// <param name="computed">Told of each window.</param>
internal sealed class WordVectorMapper(string owner, DataViewSchema schema, WordVectorOptions options, WordSplitter splitter, WordPooler pooler, Action computed) : IWindowMapper
{
    private readonly WordInput _input = WordInput.Bind(owner, schema, options.InputColumnName);

    public DataViewSchema InputSchema => schema;

    public IReadOnlyList<int> InputColumns => [_input.Column.Index];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; } =
        [new(options.OutputColumnName, pooler.Size is { } size ? new VectorDataViewType(NumberDataViewType.Single, size) : new VectorDataViewType(NumberDataViewType.Single))];

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(_input.Open(input, splitter), pooler, computed, capacity);

    private sealed class Window(Action<WordList> read, WordPooler pooler, Action computed, int capacity) : IWindow
    {
        private readonly WordList[] _words = new WordList[capacity];
        private readonly float[][] _vectors = new float[capacity][];

        public void Read(int slot) => read(_words[slot] ??= new WordList());

        public void Compute(int count)
        {
            computed();
            for (int slot = 0; slot < count; slot++)
            {
                if (pooler.Size is { } size) pooler.Pool(_words[slot], _vectors[slot] ??= new float[size]);
                else _vectors[slot] = pooler.Stack(_words[slot]);
            }
        }

        public Delegate GetGetter(int output, Func<int> slot) => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            float[] vector = _vectors[slot()];
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, vector.Length);
            vector.CopyTo(editor.Values);
            value = editor.Commit();
        });

        public void Dispose() { }
    }
}
