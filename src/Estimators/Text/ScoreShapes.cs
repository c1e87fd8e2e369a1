using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

internal static class ScoreShapes
{
    /// <summary>What <see cref="ScoreAnnotations.Add"/> adds, as shapes.</summary>
    public static IEnumerable<SchemaShape.Column> Annotations =>
    [
        SchemaShapes.Key(ScoreAnnotations.SetId),
        SchemaShapes.Scalar(ScoreAnnotations.Kind, TextDataViewType.Instance),
        SchemaShapes.Scalar(ScoreAnnotations.ValueKind, TextDataViewType.Instance),
    ];
}
