using System.Text;

namespace MLNet.Pretrain.Comparison.Rendering;

/// <summary>Tables for a console: columns of even width, names left, figures right.</summary>
internal static class TextTable
{
    public static void Append(StringBuilder text, ReportTable table)
    {
        int[] widths = [.. table.Headers.Select((header, i) => table.Rows.Select(r => r[i].Length).Append(header.Length).Max())];
        AppendRow(table.Headers);
        text.AppendLine(string.Join("  ", widths.Select(w => new string('-', w))));
        foreach (IReadOnlyList<string> row in table.Rows) AppendRow(row);
        text.AppendLine();

        void AppendRow(IReadOnlyList<string> cells) =>
            text.AppendLine(string.Join("  ", cells.Select((cell, i) => i == 0 ? cell.PadRight(widths[i]) : cell.PadLeft(widths[i]))).TrimEnd());
    }
}
