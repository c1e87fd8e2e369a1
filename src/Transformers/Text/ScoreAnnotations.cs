using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>The annotations by which ML.NET's evaluators, calibrators and tools recognise the columns of one predictor.</summary>
internal static class ScoreAnnotations
{
    public const string SetId = "ScoreColumnSetId";
    public const string Kind = "ScoreColumnKind";
    public const string ValueKind = "ScoreValueKind";
    public const string Normalized = "IsNormalized";
    public const string SlotNames = "SlotNames";

    private static readonly KeyDataViewType s_setIdType = new(typeof(uint), int.MaxValue);

    /// <summary>One more than the largest set id in the schema: columns of one predictor share an id.</summary>
    public static uint NextSetId(DataViewSchema schema)
    {
        uint largest = 0;
        foreach (DataViewSchema.Column column in schema) largest = Math.Max(largest, SetIdOf(column) ?? 0);
        return largest + 1;
    }

    /// <summary>The set that a column says it is of; null where it says none.</summary>
    public static uint? SetIdOf(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(SetId) is not { Type: KeyDataViewType { RawType: var raw } } || raw != typeof(uint)) return null;
        uint id = 0;
        column.Annotations.GetValue(SetId, ref id);
        return id;
    }

    /// <summary><c>PredictedLabel</c> and <c>Score</c> of a predictor of classes: what was predicted has the classes as key values, the score has them as slot names.</summary>
    /// <param name="input">What is there before.</param>
    /// <param name="kind">The predictor's kind.</param>
    /// <param name="labels">The classes.</param>
    /// <param name="predicted">From the type of a key with these values to that of the prediction.</param>
    public static IReadOnlyList<DataViewSchema.DetachedColumn> OfClasses(DataViewSchema input, string kind, LabelValues labels, Func<KeyDataViewType, DataViewType> predicted)
    {
        uint setId = NextSetId(input);
        var label = new DataViewSchema.Annotations.Builder();
        labels.AddTo(label);
        Add(label, setId, kind, "PredictedLabel");
        var score = new DataViewSchema.Annotations.Builder();
        labels.AddSlotNames(score);
        Add(score, setId, kind, "Score");
        return
        [
            new("PredictedLabel", predicted(new KeyDataViewType(typeof(uint), labels.Names.Count)), label.ToAnnotations()),
            new("Score", new VectorDataViewType(NumberDataViewType.Single, labels.Names.Count), score.ToAnnotations()),
        ];
    }

    public static void Add(DataViewSchema.Annotations.Builder builder, uint setId, string kind, string valueKind)
    {
        builder.Add(SetId, s_setIdType, (ref uint value) => value = setId);
        builder.Add(Kind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = kind.AsMemory());
        builder.Add(ValueKind, TextDataViewType.Instance, (ref ReadOnlyMemory<char> value) => value = valueKind.AsMemory());
    }

    public static void AddNormalized(DataViewSchema.Annotations.Builder builder) =>
        builder.Add(Normalized, BooleanDataViewType.Instance, (ref bool value) => value = true);
}
