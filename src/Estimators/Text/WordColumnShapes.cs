using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>Column checks of estimators that read words.</summary>
internal static class WordColumnShapes
{
    /// <summary>The column must be text, or a vector of text.</summary>
    public static void Check(string owner, SchemaShape schema, string name)
    {
        SchemaShape.Column column = TextColumnShapes.Require(owner, schema, name);
        if (column.ItemType is not TextDataViewType || column.IsKey) throw new ArgumentException(ColumnMessages.NotText(owner, name, column.Describe()), nameof(schema));
    }

    /// <summary>Checks the input and adds what a <see cref="WordVectorTransformer"/> adds.</summary>
    public static SchemaShape Output(string owner, SchemaShape schema, WordVectorOptions options)
    {
        Check(owner, schema, options.InputColumnName);
        return schema.With(options.Pooling == WordVectorPooling.Tokens
            ? SchemaShapes.VariableVector(options.OutputColumnName, NumberDataViewType.Single)
            : SchemaShapes.Vector(options.OutputColumnName, NumberDataViewType.Single));
    }
}
