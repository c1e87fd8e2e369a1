using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Persistence;

/// <summary>Columns of a <see cref="SchemaShape"/>, whose constructor ML.NET keeps to itself.</summary>
internal static class SchemaShapes
{
    public static SchemaShape Of(DataViewSchema schema) => SchemaShape.Create(schema);

    public static SchemaShape.Column Scalar(string name, DataViewType type, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, SchemaShape.Column.VectorKind.Scalar, type, false, new SchemaShape(annotations));

    public static SchemaShape.Column Vector(string name, DataViewType itemType, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, SchemaShape.Column.VectorKind.Vector, itemType, false, new SchemaShape(annotations));

    public static SchemaShape.Column VariableVector(string name, DataViewType itemType) =>
        new(name, SchemaShape.Column.VectorKind.VariableVector, itemType, false, new SchemaShape([]));

    /// <summary>A key column. Shapes describe keys by their underlying integer type.</summary>
    public static SchemaShape.Column Key(string name, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.UInt32, true, new SchemaShape(annotations));

    /// <summary>A column of vectors of keys.</summary>
    public static SchemaShape.Column KeyVector(string name, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.UInt32, true, new SchemaShape(annotations));

    /// <summary>A column of vectors of keys, of any length.</summary>
    public static SchemaShape.Column VariableKeyVector(string name, params IEnumerable<SchemaShape.Column> annotations) =>
        new(name, SchemaShape.Column.VectorKind.VariableVector, NumberDataViewType.UInt32, true, new SchemaShape(annotations));

    /// <summary>The shape with columns added; one of the same name is replaced, as later columns hide earlier ones.</summary>
    public static SchemaShape With(this SchemaShape shape, params IEnumerable<SchemaShape.Column> added)
    {
        var columns = shape.ToDictionary(column => column.Name);
        foreach (SchemaShape.Column column in added) columns[column.Name] = column;
        return new SchemaShape(columns.Values);
    }

    public static SchemaShape.Column? Find(this SchemaShape shape, string name)
    {
        foreach (SchemaShape.Column column in shape)
            if (column.Name == name) return column;
        return null;
    }

    /// <summary>As a user would read it: <c>Vector&lt;Single&gt;</c>, <c>Key&lt;UInt32&gt;</c>, <c>String</c>.</summary>
    public static string Describe(this SchemaShape.Column column)
    {
        string item = column.IsKey ? $"Key<{column.ItemType}>" : column.ItemType.ToString()!;
        return column.Kind == SchemaShape.Column.VectorKind.Scalar ? item : $"Vector<{item}>";
    }
}
