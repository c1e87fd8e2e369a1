using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Comparison;

/// <summary>A candidate's answers on the test rows.</summary>
/// <param name="Classes">Class index of each labelled row; -1 where it is none of the known ones.</param>
/// <param name="Probabilities">What each row's predicted class was given; NaN where that is not known. Empty where the scores are no probabilities.</param>
/// <param name="LogLoss">Mean log-loss; null where the scores are no probabilities.</param>
/// <param name="Mistakes">The most confident mistakes.</param>
/// <param name="ChosenRows">The rows that were asked for, in their order.</param>
internal sealed record Predictions(int[] Classes, float[] Probabilities, double? LogLoss, IReadOnlyList<PredictedRow> Mistakes, IReadOnlyList<PredictedRow> ChosenRows)
{
    /// <summary>Reads one pass over the scored rows.</summary>
    /// <param name="scored">The test rows, each once, in their order.</param>
    /// <param name="predictedColumn">The predicted class.</param>
    /// <param name="test">The truth.</param>
    /// <param name="mistakes">Mistakes kept.</param>
    /// <param name="chosen">Positions of rows kept beside them.</param>
    public static Predictions Read(IDataView scored, string predictedColumn, TestRows test, int mistakes, IReadOnlyList<long> chosen)
    {
        DataViewSchema.Column predicted = scored.Schema[predictedColumn];
        ClassProbabilities? probabilities = ClassProbabilities.Find(scored.Schema, predicted);
        using DataViewRowCursor cursor = scored.GetRowCursor(probabilities is { } p ? [predicted, p.Column] : [predicted]);
        Func<string?> predictedName = ClassColumn.Reader(cursor, predicted);
        if (predicted.Type is BooleanDataViewType)
        {
            Func<string?> ofBoolean = predictedName;
            predictedName = () => test.BooleanNames[ofBoolean() == bool.TrueString ? 1 : 0];
        }
        Func<double[]?>? read = probabilities?.Reader(cursor);
        // From the test's classes, and from a class's name, to the candidate's own order.
        List<string> names = [.. probabilities is { IsBinary: true } ? test.BooleanNames : probabilities?.Names ?? []];
        int[] slots = [.. test.Classes.Select(name => names.IndexOf(name))];

        int[] classes = new int[test.Truth.Length];
        float[] given = new float[classes.Length];
        double loss = 0;
        bool isProbability = read is not null;
        int kept = 0;
        var surest = new MistakeList(mistakes);
        HashSet<long> wanted = [.. chosen];
        var found = new Dictionary<long, PredictedRow>();
        long row = 0;
        for (; cursor.MoveNext(); row++)
        {
            bool labelled = test.IsLabelled(row), isChosen = wanted.Contains(row);
            if (!labelled && !isChosen) continue;
            string? name = predictedName();
            int index = name is null ? -1 : test.IndexOf(name);
            double[]? distribution = isProbability ? read!() : null;
            int slot = name is null ? -1 : index >= 0 ? slots[index] : names.IndexOf(name);
            var answer = new PredictedRow(row, labelled ? test.Truth[kept] : -1, name, distribution is null || slot < 0 ? null : distribution[slot]);
            if (isChosen) found[row] = answer;
            if (!labelled) continue;
            if (distribution is null) isProbability = false;
            else loss += Metrics.LogLoss.OfRow(distribution, slots[answer.Truth]);
            if (index != answer.Truth) surest.Add(answer);
            given[kept] = (float)(answer.Probability ?? double.NaN);
            classes[kept++] = index;
        }
        if (row != test.RowCount)
            throw new InvalidOperationException($"The model gave {row} scored rows for {test.RowCount} test rows; each test row is needed once. Leave out transforms that drop or repeat rows.");
        return new(classes, isProbability ? given : [], isProbability ? loss / kept : null, surest.Take(isProbability), [.. chosen.Select(r => isProbability ? found[r] : found[r] with { Probability = null })]);
    }
}
