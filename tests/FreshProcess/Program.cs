using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

// FreshProcess MODEL.zip INPUT.txt: scores each line of the input as column Text and prints the columns and values as JSON.
var ml = new MLContext();
ITransformer model = ml.Model.Load(args[0], out _);
IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(File.ReadLines(args[1]).Select(line => new Row { Text = line })));
string[] wanted = ["Features", "PredictedLabel", "Score", "Probability"];
DataViewSchema.Column[] columns = [.. scored.Schema.Where(c => !c.IsHidden && wanted.Contains(c.Name))];
Console.WriteLine(JsonSerializer.Serialize(columns.Select(c => $"{c.Name} {c.Type}")));
using DataViewRowCursor cursor = scored.GetRowCursor(columns);
Func<string>[] values = [.. columns.Select(c => Reader.For(cursor, c))];
while (cursor.MoveNext()) Console.WriteLine(JsonSerializer.Serialize(values.Select(v => v())));

internal sealed class Row
{
    public string Text { get; set; } = "";

    public string Category { get; set; } = "";

    public bool Flag { get; set; }
}

internal static class Reader
{
    public static Func<string> For(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { ItemType: NumberDataViewType item } when item == NumberDataViewType.Single => Read<VBuffer<float>>(row, column, v => string.Join(' ', v.DenseValues().Select(Text))),
        NumberDataViewType number when number == NumberDataViewType.Single => Read<float>(row, column, Text),
        BooleanDataViewType => Read<bool>(row, column, v => v.ToString()),
        TextDataViewType => Read<ReadOnlyMemory<char>>(row, column, v => v.ToString()),
        KeyDataViewType => Read<uint>(row, column, v => v.ToString(CultureInfo.InvariantCulture)),
        var other => throw new InvalidOperationException($"Column '{column.Name}' is {other}."),
    };

    private static string Text(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static Func<string> Read<T>(DataViewRow row, DataViewSchema.Column column, Func<T, string> text)
    {
        ValueGetter<T> getter = row.GetGetter<T>(column);
        return () =>
        {
            T value = default!;
            getter(ref value);
            return text(value);
        };
    }
}
