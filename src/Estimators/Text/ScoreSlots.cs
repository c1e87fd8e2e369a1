using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>Whose probability each component of a score column is.</summary>
internal static class ScoreSlots
{
    // What ML.NET's trainers write where the values behind the label's keys are no text.
    private const string TrainingLabelValues = "TrainingLabelValues";

    /// <summary>The classes by name; null where the column does not say.</summary>
    public static IReadOnlyList<string>? Names(DataViewSchema.Column score)
    {
        int size = ((VectorDataViewType)score.Type).Size;
        return (LabelValues.Of(score, ScoreAnnotations.SlotNames, size) ?? LabelValues.Of(score, TrainingLabelValues, size))?.Names;
    }
}
