using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Scoring;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Calibrators;

/// <summary><c>Probability</c> of true, of a column of log-odds.</summary>
internal sealed class BinaryTemperatureMapper : IWindowMapper
{
    private readonly DataViewSchema.Column _score;
    private readonly double _temperature;
    private readonly Action _computed;

    public BinaryTemperatureMapper(DataViewSchema schema, DataViewSchema.Column score, TemperatureScaling scaling, Action computed)
    {
        (InputSchema, _score, _temperature, _computed) = (schema, score, scaling.Temperature, computed);
        var annotations = new DataViewSchema.Annotations.Builder();
        ScoreAnnotations.Add(annotations, ScoreAnnotations.SetIdOf(score) ?? ScoreAnnotations.NextSetId(schema), BinaryColumns.KindName, "Probability");
        ScoreAnnotations.AddNormalized(annotations);
        OutputColumns = [new("Probability", NumberDataViewType.Single, annotations.ToAnnotations())];
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => [_score.Index];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity);

    private sealed class Window(BinaryTemperatureMapper mapper, DataViewRow input, int capacity) : IWindow
    {
        private readonly ValueGetter<float> _get = input.GetGetter<float>(mapper._score);
        private readonly float[] _values = new float[capacity];

        public void Read(int slot) => _get(ref _values[slot]);

        public void Compute(int count)
        {
            mapper._computed();
            foreach (ref float value in _values.AsSpan(0, count)) value = (float)(1 / (1 + Math.Exp(-value / mapper._temperature)));
        }

        public Delegate GetGetter(int output, Func<int> slot) => (ValueGetter<float>)((ref float value) => value = _values[slot()]);

        public void Dispose() { }
    }
}
