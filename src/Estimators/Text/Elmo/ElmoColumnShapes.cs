using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>The columns of an ELMo in a schema's shape.</summary>
internal static class ElmoColumnShapes
{
    public static SchemaShape Add(string owner, SchemaShape input, ElmoFeatureOptions options)
    {
        WordColumnShapes.Check(owner, input, options.InputColumnName);
        SchemaShape shape = options.OutputColumnName is { } output ? input.With(SchemaShapes.Vector(output, NumberDataViewType.Single)) : input;
        return options.TokensColumnName is { } tokens ? shape.With(SchemaShapes.VariableVector(tokens, NumberDataViewType.Single)) : shape;
    }
}
