using Microsoft.ML.Data;
using DataViewType = Microsoft.ML.Data.DataViewType;

namespace MLNet.Pretrain.Text;

/// <summary>The columns that answers are given in.</summary>
internal static class QuestionAnsweringColumns
{
    public static IReadOnlyList<(string Name, DataViewType Type)> Of(QuestionAnsweringOptions options) =>
    [
        (options.OutputColumnName, TextDataViewType.Instance),
        (options.OutputColumnName + "Start", NumberDataViewType.Int32),
        (options.OutputColumnName + "Length", NumberDataViewType.Int32),
        (options.ScoreColumnName, NumberDataViewType.Single),
    ];
}
