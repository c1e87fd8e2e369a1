using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>What the labels of classifiers have in common.</summary>
internal static class ClassLabels
{
    public static void CheckRows(string owner, TokenStore rows, string labelColumnName)
    {
        long first = rows.ClassLabel(0);
        for (long row = 1; row < rows.Count; row++)
            if (rows.ClassLabel(row) != first) return;
        throw new InvalidOperationException($"{owner}: all {rows.Count} training rows are of one class; expected rows of 2 or more. Check column '{labelColumnName}'.");
    }
}
