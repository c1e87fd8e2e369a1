using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Calibrators;

/// <summary>One probability a class, put in the place of the uncalibrated ones.</summary>
internal sealed class ClassTemperatureMapper : IWindowMapper
{
    private readonly DataViewSchema.Column _score;
    private readonly int _classes;
    private readonly TemperatureScaling _scaling;
    private readonly Action _computed;

    public ClassTemperatureMapper(DataViewSchema schema, DataViewSchema.Column score, TemperatureScaling scaling, Action computed)
    {
        (InputSchema, _score, _classes, _scaling, _computed) = (schema, score, ((VectorDataViewType)score.Type).Size, scaling, computed);
        OutputColumns = [new(score.Name, score.Type, score.Annotations)];
    }

    public DataViewSchema InputSchema { get; }

    public IReadOnlyList<int> InputColumns => [_score.Index];

    public IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    public IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive) => new Window(this, input, capacity);

    /// <exception cref="InvalidOperationException">The row's scores are no probabilities.</exception>
    public static void Check(ReadOnlySpan<float> scores, long row, string column)
    {
        try
        {
            MetricInput.CheckProbabilities(scores, row, scores.Length);
        }
        catch (ArgumentException e)
        {
            throw new InvalidOperationException($"{CalibratorMessages.Owner(ScoreKind.Multiclass)}, column '{column}': {e.Message}", e);
        }
    }

    private sealed class Window(ClassTemperatureMapper mapper, DataViewRow input, int capacity) : IWindow
    {
        private readonly ValueGetter<VBuffer<float>> _get = input.GetGetter<VBuffer<float>>(mapper._score);
        private readonly int _classes = mapper._classes;
        private readonly float[] _values = new float[capacity * mapper._classes];
        private readonly long[] _rows = new long[capacity];
        private VBuffer<float> _buffer;

        public void Read(int slot)
        {
            _get(ref _buffer);
            _buffer.CopyTo(Values(slot));
            _rows[slot] = input.Position;
        }

        public void Compute(int count)
        {
            mapper._computed();
            for (int slot = 0; slot < count; slot++) Scale(Values(slot), _rows[slot]);
        }

        public Delegate GetGetter(int output, Func<int> slot) => (ValueGetter<VBuffer<float>>)((ref VBuffer<float> value) =>
        {
            VBufferEditor<float> editor = VBufferEditor.Create(ref value, _classes);
            Values(slot()).CopyTo(editor.Values);
            value = editor.Commit();
        });

        public void Dispose() { }

        private Span<float> Values(int slot) => _values.AsSpan(slot * _classes, _classes);

        private void Scale(Span<float> scores, long row)
        {
            // What a classifier makes of a missing value is missing.
            foreach (float score in scores)
            {
                if (!float.IsNaN(score)) continue;
                scores.Fill(float.NaN);
                return;
            }
            Check(scores, row, mapper._score.Name);
            mapper._scaling.ApplyToProbabilities(scores).CopyTo(scores);
        }
    }
}
