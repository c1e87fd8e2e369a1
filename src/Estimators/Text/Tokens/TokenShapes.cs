using Microsoft.ML;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>The columns that a trainer of sequence labelling reads and adds.</summary>
internal static class TokenShapes
{
    public static SchemaShape Add(string owner, SchemaShape input, FineTuneTokensOptions options)
    {
        WordColumnShapes.Check(owner, input, options.TextColumnName);
        SchemaShape.Column words = TextColumnShapes.Require(owner, input, options.TextColumnName);
        TagColumn.Check(owner, TextColumnShapes.Require(owner, input, options.LabelColumnName));
        bool isTokens = words.Kind != SchemaShape.Column.VectorKind.Scalar;
        return input.With(TokenColumns.Of(isTokens, options.Scheme is not null).Select(c => SchemaShapes.VariableVector(c.Name, c.Item)));
    }
}
