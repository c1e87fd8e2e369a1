using Microsoft.ML;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Comparison;

/// <summary>A model that is measured as it is, and that belongs to whoever fitted it.</summary>
internal sealed class FittedCandidate(ITransformer model) : IEstimator<ITransformer>
{
    public ITransformer Fit(IDataView input) => model;

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) =>
        throw new NotSupportedException("A fitted model tells its columns by data, not by the shape of a schema; give it to Compare as a candidate of its own, not as a part of a pipeline.");

    public SchemaShape GetOutputSchema(DataViewSchema input) => SchemaShapes.Of(model.GetOutputSchema(input));
}
