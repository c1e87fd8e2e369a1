using System.Collections;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>The truth about the test rows: every candidate is held against the same one, read once from the data itself.</summary>
internal sealed class TestRows
{
    private readonly BitArray _labelled;
    private readonly Lazy<long[]> _positions;
    private readonly Dictionary<string, int> _index;

    private TestRows(IReadOnlyList<string> classes, int[] truth, BitArray labelled, Dictionary<string, int> index, IReadOnlyList<string> booleans) =>
        (Classes, Truth, _labelled, _index, BooleanNames, _positions) = (classes, truth, labelled, index, booleans, new(() => [.. Enumerable.Range(0, labelled.Length).Where(row => labelled[row]).Select(row => (long)row)]));

    /// <summary>Classes of training and test rows, in ordinal order.</summary>
    public IReadOnlyList<string> Classes { get; }

    /// <summary>Class of each labelled test row.</summary>
    public int[] Truth { get; }

    /// <summary>Where each labelled test row stands among all.</summary>
    public IReadOnlyList<long> Positions => _positions.Value;

    /// <summary>All test rows, those without a class included.</summary>
    public long RowCount => _labelled.Length;

    /// <summary>What a predicted false and true are called here.</summary>
    public IReadOnlyList<string> BooleanNames { get; }

    /// <summary>What a predicted false and true are called beside a label: 0 and 1, where binary trainers have learnt from numbers.</summary>
    public static IReadOnlyList<string> BooleanNamesOf(DataViewSchema.Column label) => label.Type is NumberDataViewType ? ["0", "1"] : [bool.FalseString, bool.TrueString];

    public static TestRows Of(IDataView test, string labelColumn, IEnumerable<string> trainClasses)
    {
        var truth = new List<string?>();
        DataViewSchema.Column column = test.Schema[labelColumn];
        using (DataViewRowCursor cursor = test.GetRowCursor([column]))
        {
            Func<string?> label = ClassColumn.Reader(cursor, column);
            while (cursor.MoveNext()) truth.Add(label());
        }
        string[] classes = [.. trainClasses.Concat(truth.OfType<string>()).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var index = classes.Select((name, i) => (name, i)).ToDictionary(x => x.name, x => x.i, StringComparer.Ordinal);
        return new(classes, [.. truth.OfType<string>().Select(name => index[name])], new BitArray([.. truth.Select(name => name is not null)]), index, BooleanNamesOf(column));
    }

    /// <summary>Rows without a class cannot be right or wrong; they are scored and not counted.</summary>
    public bool IsLabelled(long row) => row < _labelled.Length && _labelled[(int)row];

    /// <summary>Index of a class; -1 where neither training nor test rows have it.</summary>
    public int IndexOf(string name) => _index.GetValueOrDefault(name, -1);
}
