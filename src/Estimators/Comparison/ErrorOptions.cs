using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Comparison;

/// <summary>Which test rows a report shows with their text, and how much of it. A report holds nothing of other rows.</summary>
public sealed record ErrorOptions
{
    /// <summary>Mistakes listed of each model, the most confident first, ties in the order of rows; default 10. 0: no text leaves the test data.</summary>
    public int Mistakes { get; init; } = 10;

    /// <summary>Positions of test rows, from 0, that are listed beside the mistakes, right or wrong. Default: none.</summary>
    public IReadOnlyList<long> Rows { get; init; } = [];

    /// <summary>Text columns to show. Default: those that the model explains, where it is one of ours, else every text column of the test data but the label.</summary>
    public IReadOnlyList<string> TextColumnNames { get; init; } = [];

    /// <summary>Characters shown of a text, 1 or more; default 500.</summary>
    public int TextLength { get; init; } = 500;

    /// <summary>
    /// Steps of the attributions by which FineTuneText, TextCnn and TextLstm colour the words of the rows listed; default 20, 0 = no colours. They cost as much as training on these
    /// rows that many times. See <see cref="Text.AttributionOptions.Steps"/>.
    /// </summary>
    public int AttributionSteps { get; init; } = 20;

    internal void Validate(string owner, IDataView test)
    {
        if (Mistakes < 0) throw new ArgumentException($"{owner}: Mistakes is {Mistakes}; expected 0 (none listed) or more.");
        if (TextLength < 1) throw new ArgumentException($"{owner}: TextLength is {TextLength}; expected 1 or more characters.");
        if (AttributionSteps < 0) throw new ArgumentException($"{owner}: AttributionSteps is {AttributionSteps}; expected 0 (no attributions) or more.");
        foreach (string name in TextColumnNames)
        {
            DataViewSchema.Column column = test.Schema.GetColumnOrNull(name)
                ?? throw new ArgumentException($"{owner}: the test data has no column '{name}', which TextColumnNames lists. Columns found: {string.Join(", ", test.Schema.Select(c => $"'{c.Name}'"))}.");
            if (column.Type is not TextDataViewType) throw new ArgumentException($"{owner}: column '{name}', which TextColumnNames lists, is {column.Type}; expected Text.");
        }
    }

    internal void CheckRows(string owner, long rowCount)
    {
        foreach (long row in Rows)
            if (row < 0 || row >= rowCount) throw new ArgumentException($"{owner}: Rows has {row}; expected positions from 0 to {rowCount - 1}, as the test data has {rowCount} rows.");
    }
}
