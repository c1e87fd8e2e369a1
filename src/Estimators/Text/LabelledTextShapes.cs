using Microsoft.ML;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>The columns that a trainer on labelled texts reads and adds.</summary>
internal static class LabelledTextShapes
{
    public static SchemaShape Add(string owner, SchemaShape input, TextTrainingOptions options, ITextLabel kind)
    {
        TextColumnShapes.Check(owner, input, options.TextColumnName, options.SecondTextColumnName);
        SchemaShape.Column label = TextColumnShapes.Require(owner, input, options.LabelColumnName);
        kind.Check(owner, label);
        if (options.ExampleWeightColumnName is { } weight) TextColumnShapes.CheckWeight(owner, input, weight);
        return input.With(kind.Outputs(label));
    }
}
