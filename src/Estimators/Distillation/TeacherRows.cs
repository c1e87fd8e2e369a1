using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Distillation;

/// <summary>One column that a teacher gives, read along with the student's rows: each row once, in the same order.</summary>
internal sealed class TeacherRows : IDisposable
{
    private readonly string _owner;
    private readonly DataViewRowCursor _cursor;
    private readonly ValueGetter<DataViewRowId> _getId;
    private long _rows;

    /// <param name="owner">For messages.</param>
    /// <param name="answered">Rows with the teacher's column.</param>
    /// <param name="column">That column.</param>
    public TeacherRows(string owner, IDataView answered, DataViewSchema.Column column)
    {
        (_owner, Column) = (owner, column);
        _cursor = answered.GetRowCursor([column]);
        _getId = _cursor.GetIdGetter();
    }

    public DataViewSchema.Column Column { get; }

    /// <summary>Number of the present row, from 0.</summary>
    public long Row => _cursor.Position;

    /// <summary>Reads the present row's value.</summary>
    public ValueGetter<T> Getter<T>() => _cursor.GetGetter<T>(Column);

    /// <summary>Goes on with the student's cursor.</summary>
    /// <param name="id">Of the student's row; null = it has ended.</param>
    /// <exception cref="InvalidOperationException">The teacher has another row there.</exception>
    public void MoveTo(DataViewRowId? id)
    {
        DataViewRowId own = default;
        bool has = _cursor.MoveNext();
        if (has)
        {
            _rows++;
            _getId(ref own);
        }
        if (has == id is not null && (!has || own.Equals(id!.Value))) return;
        throw new InvalidOperationException($"{_owner}: after {_rows - (has ? 1 : 0)} rows the teacher {(has == id is not null ? "gives another row than the data" : has ? "gives more rows than the data" : "gives fewer rows than the data")}; expected each row once, in the same order. Leave out transforms that filter, shuffle or repeat rows.");
    }

    /// <summary>Throws where a row's answer is none.</summary>
    /// <param name="answer">Numbers of the row.</param>
    /// <param name="row">Its number.</param>
    public void CheckFinite(ReadOnlySpan<float> answer, long row)
    {
        foreach (float value in answer)
            if (!float.IsFinite(value)) throw new InvalidOperationException(FormattableString.Invariant($"{_owner}: the teacher's column '{Column.Name}' has {value} in row {row}; expected finite numbers. A teacher without an answer teaches nothing: leave the row out."));
    }

    public void Dispose() => _cursor.Dispose();
}
