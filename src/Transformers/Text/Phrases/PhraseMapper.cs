using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>Phrases bound to one input schema.</summary>
/// <param name="owner">Who asks, for messages.</param>
/// <param name="schema">Of the input.</param>
/// <param name="inputColumnName">Text or tokens.</param>
/// <param name="outputColumnName">Tokens.</param>
/// <param name="splitter">Text to words, phrases joined.</param>
/// <param name="computed">Told of each window.</param>
internal sealed class PhraseMapper(string owner, DataViewSchema schema, string inputColumnName, string outputColumnName, WordSplitter splitter, Action computed) : IWindowMapper
{
    private readonly WordInput _input = WordInput.Bind(owner, schema, inputColumnName);

    public DataViewSchema InputSchema => schema;

    public IReadOnlyList<int> InputColumns => [_input.Column.Index];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; } = [new(outputColumnName, new VectorDataViewType(TextDataViewType.Instance))];

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(_input.Open(input, splitter), computed, capacity);

    private sealed class Window(Action<WordList> read, Action computed, int capacity) : IWindow
    {
        private readonly WordList[] _words = new WordList[capacity];

        public void Read(int slot) => read(_words[slot] ??= new WordList());

        public void Compute(int count) => computed();

        public Delegate GetGetter(int output, Func<int> slot) => (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> value) =>
        {
            WordList words = _words[slot()];
            VBufferEditor<ReadOnlyMemory<char>> editor = VBufferEditor.Create(ref value, words.Count);
            for (int i = 0; i < words.Count; i++) editor.Values[i] = words[i].ToString().AsMemory();
            value = editor.Commit();
        });

        public void Dispose() { }
    }
}
