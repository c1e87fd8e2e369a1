using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>One teacher's scores, row by row, as log-probabilities of the student's classes or as a number.</summary>
internal sealed class TeacherScores : IDisposable
{
    // Half precision has no lower ones worth telling apart, and the student need not learn that anything is impossible.
    private const float LeastLogProbability = -30;
    private const float SumTolerance = 1e-2f;
    private const string Score = "Score", Probability = "Probability";

    private readonly string _owner, _column;
    private readonly TeacherRows _rows;
    private readonly Action<float[]> _read;
    private readonly bool? _saysProbabilities;
    private bool? _areProbabilities;

    /// <param name="owner">For messages.</param>
    /// <param name="scored">Rows with the score.</param>
    /// <param name="columnName">The score; null = what it is called by default.</param>
    /// <param name="saysProbabilities">What the score holds; null = of a vector seen from the first row, of one number told by its name.</param>
    /// <param name="classes">The student's, two of them for a binary student; null = a number.</param>
    /// <param name="isBinary">Whether the score is one number for both classes.</param>
    public TeacherScores(string owner, IDataView scored, string? columnName, bool? saysProbabilities, IReadOnlyList<string>? classes, bool isBinary)
    {
        // Calibrated trainers of ML.NET: the score of trees and of margins is no log-odds.
        columnName ??= isBinary && scored.Schema.GetColumnOrNull(Probability)?.Type == NumberDataViewType.Single ? Probability : Score;
        (_owner, _column, _saysProbabilities) = (owner, columnName, saysProbabilities);
        DataViewSchema.Column column = scored.Schema.GetColumnOrNull(columnName)
            ?? throw new ArgumentException($"{owner}: the teacher gives no column '{columnName}'; it gives {string.Join(", ", scored.Schema.Select(c => $"'{c.Name}'"))}. Name its score.");
        int[]? slots = classes is null || isBinary ? null : Slots(column, classes);
        if (slots is null && column.Type != NumberDataViewType.Single)
            throw new ArgumentException($"{owner}: the teacher's column '{columnName}' is {column.Type}; expected Single, {(isBinary ? "log-odds or a probability" : "a number like the label")}.");
        if (classes is null && saysProbabilities is not null) throw new ArgumentException($"{owner}: the teacher is made with scoresAreProbabilities {saysProbabilities}; expected null, for a number is learnt as it is.");
        _rows = new TeacherRows(owner, scored, column);
        _read = slots is not null ? Vector(slots) : Scalar(isBinary);
    }

    /// <summary>Numbers that <see cref="Read"/> gives.</summary>
    public static int Width(IReadOnlyList<string>? classes) => classes?.Count ?? 1;

    /// <inheritdoc cref="TeacherRows.MoveTo"/>
    public void MoveTo(DataViewRowId? id) => _rows.MoveTo(id);

    /// <summary>The present row's log-probabilities, or its number.</summary>
    public void Read(float[] destination)
    {
        _read(destination);
        _rows.CheckFinite(destination, _rows.Row);
    }

    public void Dispose() => _rows.Dispose();

    private Action<float[]> Scalar(bool isBinary)
    {
        ValueGetter<float> getter = _rows.Getter<float>();
        bool isProbability = _saysProbabilities ?? _column == Probability;
        float value = 0;
        return destination =>
        {
            getter(ref value);
            if (!isBinary)
            {
                destination[0] = value;
                return;
            }
            if (isProbability && value is not (>= 0 and <= 1)) throw new InvalidOperationException(FormattableString.Invariant($"{_owner}: the teacher's column '{_column}' has {value} in row {_rows.Row}; expected a probability in [0, 1]."));
            double odds = isProbability ? Math.Log(value) - Math.Log(1 - (double)value) : value;
            // log(1 / (1 + e^-x)) without overflow
            destination[1] = Math.Max(LeastLogProbability, (float)-Softplus(-odds));
            destination[0] = Math.Max(LeastLogProbability, (float)-Softplus(odds));
        };
    }

    private Action<float[]> Vector(int[] slots)
    {
        ValueGetter<VBuffer<float>> getter = _rows.Getter<VBuffer<float>>();
        VBuffer<float> buffer = default;
        float[] dense = new float[slots.Length];
        return destination =>
        {
            getter(ref buffer);
            buffer.CopyTo(dense);
            bool areProbabilities = dense.All(p => p is >= 0 and <= 1 + SumTolerance) && Math.Abs(dense.Sum() - 1) < SumTolerance;
            _areProbabilities ??= _saysProbabilities ?? areProbabilities;
            // Log-odds may look like probabilities now and then, probabilities never like anything else.
            if (_areProbabilities.Value && !areProbabilities && !dense.Any(float.IsNaN))
                throw new InvalidOperationException($"{_owner}: the teacher's column '{_column}' has numbers that are no probabilities in row {_rows.Row}, and {(_saysProbabilities == true ? "the teacher is said to give probabilities" : "probabilities before")}; expected one kind: probabilities that sum to 1, or log-odds. DistillationTeacher.Of and Column let you say which.");
            for (int c = 0; c < slots.Length; c++) destination[c] = dense[slots[c]];
            if (!_areProbabilities.Value) TensorPrimitives.SoftMax<float>(destination, destination);
            for (int c = 0; c < slots.Length; c++) destination[c] = Math.Max(LeastLogProbability, MathF.Log(destination[c]));
        };
    }

    // Where each of the student's classes stands in the teacher's vector.
    private int[] Slots(DataViewSchema.Column column, IReadOnlyList<string> classes)
    {
        if (column.Type is not VectorDataViewType { Size: > 0 and var size } || ((VectorDataViewType)column.Type).ItemType != NumberDataViewType.Single)
            throw new ArgumentException($"{_owner}: the teacher's column '{_column}' is {column.Type}; expected a vector of Single, one number for each of the {classes.Count} classes.");
        List<string>? names = ScoreSlots.Names(column)?.ToList();
        if (names is null)
        {
            if (size != classes.Count) throw new ArgumentException($"{_owner}: the teacher's column '{_column}' has {size} numbers without names, and the student {classes.Count} classes ({Listed(classes)}); expected one a class.");
            return [.. Enumerable.Range(0, size)];
        }
        string[] unknown = [.. classes.Except(names)], surplus = [.. names.Except(classes)];
        if (unknown.Length > 0 || surplus.Length > 0)
            throw new ArgumentException($"{_owner}: teacher and student have different classes{(unknown.Length > 0 ? $"; only the student has {Listed(unknown)}" : "")}{(surplus.Length > 0 ? $"; only the teacher has {Listed(surplus)}" : "")}. Expected the same; map the student's label over all of them.");
        return [.. classes.Select(name => names.IndexOf(name))];
    }

    private static string Listed(IReadOnlyList<string> names) => string.Join(", ", names.Take(5).Select(n => $"'{n}'")) + (names.Count > 5 ? $" and {names.Count - 5} more" : "");

    private static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));
}
