using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace MLNet.Pretrain.Text;

/// <summary>Finds the classes of a label column whose type does not tell them, in one pass over the rows.</summary>
internal static class ClassFinder
{
    /// <summary>More different values than that are no classes; whoever has as many says so by a key.</summary>
    public const int MaxClasses = 1000;

    private const int RowsPerCheck = 1024;

    /// <returns>The different values, sorted: they do not depend on the order of the rows.</returns>
    /// <exception cref="InvalidOperationException">There is none, or one only, or so many that the column is no label.</exception>
    public static LabelValues Find(string owner, IDataView data, DataViewSchema.Column label, IChannel channel, Action check)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        long rows = 0, labelled = 0;
        using (DataViewRowCursor cursor = data.GetRowCursor([label]))
        {
            Func<string?> read = ClassColumn.Reader(cursor, label);
            while (cursor.MoveNext())
            {
                if (rows++ % RowsPerCheck == 0) check();
                if (read() is not { } name) continue;
                labelled++;
                if (names.Add(name) && names.Count > MaxClasses)
                    throw new InvalidOperationException($"{owner}: label column '{label.Name}' has more than {MaxClasses} different values in the first {labelled} rows; expected a few classes. To predict a number use Regression.Trainers; where the values are classes indeed, map them with Transforms.Conversion.MapValueToKey.");
            }
        }
        if (labelled == 0) throw new InvalidOperationException($"{owner}: there are no training rows with a label; expected at least one. Check the data and column '{label.Name}'.");
        if (names.Count == 1) throw new InvalidOperationException($"{owner}: all {labelled} labelled rows are of one class, '{names.Single()}'; expected rows of 2 or more. Check column '{label.Name}'.");
        // As many classes as rows are more likely a mistake than not, but not for sure.
        if (names.Count > labelled / 2) channel.Warning(MessageSensitivity.None, "{0}", $"Label column '{label.Name}' has {names.Count} different values in {labelled} rows; expected a few classes.");
        else channel.Info(MessageSensitivity.None, "{0}", $"Label column '{label.Name}' has {names.Count} classes in {labelled} rows.");
        return LabelValues.Sorted(names, (PrimitiveDataViewType)label.Type);
    }
}
