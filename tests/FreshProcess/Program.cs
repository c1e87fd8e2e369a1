using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;

// FreshProcess REQUESTS.json: of each saved model, scores the rows and prints a line with the wanted columns, their types and values, as JSON.
var ml = new MLContext();
foreach (Request request in JsonSerializer.Deserialize<Request[]>(File.ReadAllText(args[0]))!)
{
    ITransformer model = ml.Model.Load(request.Model, out _);
    IDataView scored = model.Transform(ml.Data.LoadFromEnumerable(request.Rows));
    DataViewSchema.Column[] columns = [.. scored.Schema.Where(c => !c.IsHidden && request.Columns.Contains(c.Name))];
    var rows = new List<string[]>();
    using (DataViewRowCursor cursor = scored.GetRowCursor(columns))
    {
        Func<string>[] values = [.. columns.Select(c => Reader.For(cursor, c))];
        while (cursor.MoveNext()) rows.Add([.. values.Select(v => v())]);
    }
    Console.WriteLine(JsonSerializer.Serialize(new Answer([.. columns.Select(c => $"{c.Name} {c.Type}")], [.. rows])));
    (model as IDisposable)?.Dispose();
}

internal sealed record Request(string Model, string[] Columns, Row[] Rows);

internal sealed record Answer(string[] Columns, string[][] Rows);

internal sealed class Row
{
    public string Text { get; set; } = "";

    public string Other { get; set; } = "";

    /// <summary>The words of the text.</summary>
    public string[] Tokens
    {
        get => Text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        set => Text = string.Join(' ', value);
    }

    public string Category { get; set; } = "";

    public bool Flag { get; set; }
}

internal static class Reader
{
    public static Func<string> For(DataViewRow row, DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { ItemType: NumberDataViewType item } when item == NumberDataViewType.Single => Read<VBuffer<float>>(row, column, v => string.Join(' ', v.DenseValues().Select(Text))),
        VectorDataViewType { ItemType: TextDataViewType } => Read<VBuffer<ReadOnlyMemory<char>>>(row, column, v => string.Join('|', v.DenseValues())),
        VectorDataViewType { ItemType: NumberDataViewType item } when item == NumberDataViewType.Int32 => Read<VBuffer<int>>(row, column, v => string.Join('|', v.DenseValues())),
        VectorDataViewType { ItemType: KeyDataViewType } => Read<VBuffer<uint>>(row, column, v => string.Join('|', v.DenseValues())),
        NumberDataViewType number when number == NumberDataViewType.Single => Read<float>(row, column, Text),
        NumberDataViewType number when number == NumberDataViewType.Int32 => Read<int>(row, column, v => v.ToString(CultureInfo.InvariantCulture)),
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
