using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>Checks of text columns where only the shape of a schema is known.</summary>
internal static class TextColumnShapes
{
    public static void Check(string owner, SchemaShape shape, string textColumn, string? pairColumn)
    {
        CheckOne(owner, shape, textColumn);
        if (pairColumn is not null) CheckOne(owner, shape, pairColumn);
    }

    private static void CheckOne(string owner, SchemaShape shape, string name)
    {
        SchemaShape.Column column = shape.Find(name)
            ?? throw new ArgumentException(ColumnMessages.Missing(owner, name, shape.Select(c => c.Name)), nameof(shape));
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.ItemType is not TextDataViewType)
            throw new ArgumentException(ColumnMessages.NotText(owner, name, column.Describe()), nameof(shape));
    }
}
