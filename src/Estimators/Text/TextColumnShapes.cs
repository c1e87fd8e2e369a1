using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>Checks of columns where only the shape of a schema is known.</summary>
internal static class TextColumnShapes
{
    public static void Check(string owner, SchemaShape shape, string textColumn, string? pairColumn)
    {
        CheckText(owner, shape, textColumn);
        if (pairColumn is not null) CheckText(owner, shape, pairColumn);
    }

    public static void CheckWeight(string owner, SchemaShape shape, string name)
    {
        SchemaShape.Column column = Require(owner, shape, name);
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.ItemType != NumberDataViewType.Single)
            throw new ArgumentException($"Weight column '{name}' is {column.Describe()}; {owner} reads Single. Map it with Transforms.Conversion.ConvertType.", nameof(shape));
    }

    public static SchemaShape.Column Require(string owner, SchemaShape shape, string name) =>
        shape.Find(name) ?? throw new ArgumentException(ColumnMessages.Missing(owner, name, shape.Select(c => c.Name)), nameof(shape));

    private static void CheckText(string owner, SchemaShape shape, string name)
    {
        SchemaShape.Column column = Require(owner, shape, name);
        if (column.Kind != SchemaShape.Column.VectorKind.Scalar || column.ItemType is not TextDataViewType)
            throw new ArgumentException(ColumnMessages.NotText(owner, name, column.Describe()), nameof(shape));
    }
}
