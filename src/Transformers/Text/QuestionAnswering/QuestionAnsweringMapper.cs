using Microsoft.ML;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>A <see cref="QuestionAnsweringTransformer"/> bound to one input schema.</summary>
internal sealed class QuestionAnsweringMapper : IWindowMapper
{
    private readonly QuestionAnsweringTransformer _parent;

    public QuestionAnsweringMapper(QuestionAnsweringTransformer parent, DataViewSchema schema)
    {
        (_parent, InputSchema) = (parent, schema);
        InputColumns = [TextInput.Find(QuestionAnsweringTransformer.Owner, schema, parent.Options.QuestionColumnName).Index, TextInput.Find(QuestionAnsweringTransformer.Owner, schema, parent.Options.ContextColumnName).Index];
        OutputColumns = [.. QuestionAnsweringColumns.Of(parent.Options).Select(column => new DataViewSchema.DetachedColumn(column.Name, column.Type))];
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns { get; }

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity);

    private sealed class Window(QuestionAnsweringMapper mapper, DataViewRow input, int capacity) : IWindow
    {
        // A context without a word: no answer is possible.
        private static readonly TextAnswer s_none = new("", -1, float.MinValue);

        private readonly ValueGetter<ReadOnlyMemory<char>> _getQuestion = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[mapper.InputColumns[0]]);
        private readonly ValueGetter<ReadOnlyMemory<char>> _getContext = input.GetGetter<ReadOnlyMemory<char>>(input.Schema[mapper.InputColumns[1]]);
        private readonly (string Question, string Context)[] _rows = new (string, string)[capacity];
        private readonly TextAnswer[] _answers = new TextAnswer[capacity];
        private ReadOnlyMemory<char> _text;

        public void Read(int slot)
        {
            _getQuestion(ref _text);
            string question = _text.ToString();
            _getContext(ref _text);
            _rows[slot] = (question, _text.ToString());
        }

        public void Compute(int count)
        {
            IReadOnlyList<TextAnswer>[] answers = mapper._parent.Find(new ArraySegment<(string, string)>(_rows, 0, count), 1);
            for (int slot = 0; slot < count; slot++)
            {
                TextAnswer best = answers[slot].FirstOrDefault(s_none);
                _answers[slot] = mapper._parent.IsNone(best.Score) ? s_none with { Score = best.Score } : best;
            }
        }

        public Delegate GetGetter(int output, Func<int> slot) => output switch
        {
            0 => (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> value) => value = _answers[slot()].Text.AsMemory()),
            1 => (ValueGetter<int>)((ref int value) => value = _answers[slot()].Start),
            2 => (ValueGetter<int>)((ref int value) => value = _answers[slot()].Text.Length),
            _ => (ValueGetter<float>)((ref float value) => value = _answers[slot()].Score),
        };

        public void Dispose() { }
    }
}
