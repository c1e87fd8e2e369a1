using System.Diagnostics;
using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Persistence;

namespace MLNet.Pretrain.Text;

/// <summary>What a smaller model costs: both models on the same rows. With intervals and tests, and beside other candidates, <c>Compare</c> says more.</summary>
public sealed record CompressionReport
{
    private const string Owner = "CompressionReport";
    private const int WarmupRows = 64;

    /// <summary>Rows that both were asked about.</summary>
    public required long Rows { get; init; }

    /// <summary>The size of the first model.</summary>
    public required ModelSize Before { get; init; }

    /// <summary>The size of the second.</summary>
    public required ModelSize After { get; init; }

    /// <summary><c>Accuracy</c>, <c>MicroF1</c> (of label sets) or <c>RootMeanSquaredError</c>; null for encoders, which are right or wrong about nothing.</summary>
    public string? Metric { get; init; }

    /// <summary>The metric of the first model; NaN where there is none.</summary>
    public double MetricBefore { get; init; } = double.NaN;

    /// <summary>The metric of the second; NaN where there is none.</summary>
    public double MetricAfter { get; init; } = double.NaN;

    /// <summary>How far the second says what the first says: the part of rows with the same class or the same set of labels, Pearson's correlation of numbers, the mean cosine of vectors.</summary>
    public required double Agreement { get; init; }

    /// <summary>Rows a second of the first model, one cursor, measured once.</summary>
    public required double RowsPerSecondBefore { get; init; }

    /// <summary>Rows a second of the second.</summary>
    public required double RowsPerSecondAfter { get; init; }

    /// <summary>Compares classifiers. Rows without a label are left out of the accuracy.</summary>
    /// <param name="before">The model as it was.</param>
    /// <param name="after">The smaller one.</param>
    /// <param name="data">Rows that neither was trained on, and by which no heads were judged.</param>
    /// <param name="labelColumnName">The true class: a key, text, a Boolean or a number.</param>
    /// <exception cref="ArgumentException">A model has no encoder, or a column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label.</exception>
    public static CompressionReport Of(TextClassificationTransformer before, TextClassificationTransformer after, IDataView data, string labelColumnName)
    {
        Check(before, after, data);
        Check(before.Model, after.Model);
        string?[] truth = [.. Read(data, labelColumnName, row => ClassColumn.Reader(row, Column(data.Schema, labelColumnName)))];
        if (truth.All(label => label is null)) throw new InvalidOperationException($"{Owner}: no row has a label in column '{labelColumnName}'; expected labelled rows.");
        (string?[] first, double firstSpeed) = Timed(before, data, "PredictedLabel", ClassColumn.Reader);
        (string?[] second, double secondSpeed) = Timed(after, data, "PredictedLabel", ClassColumn.Reader);
        return new()
        {
            Rows = truth.Length,
            Before = ModelSize.Of(before.Model, before, data.Schema),
            After = ModelSize.Of(after.Model, after, data.Schema),
            Metric = "Accuracy",
            MetricBefore = Accuracy(first),
            MetricAfter = Accuracy(second),
            Agreement = first.Zip(second).Average(pair => pair.First == pair.Second ? 1.0 : 0),
            RowsPerSecondBefore = firstSpeed,
            RowsPerSecondAfter = secondSpeed,
        };

        double Accuracy(string?[] answers) => answers.Zip(truth).Where(pair => pair.Second is not null).Average(pair => pair.First == pair.Second ? 1.0 : 0);
    }

    /// <summary>Compares classifiers that give any number of labels. Rows that do not say of each label whether it is there are left out of the F1.</summary>
    /// <inheritdoc cref="Of(TextClassificationTransformer, TextClassificationTransformer, IDataView, string)"/>
    /// <param name="before">The model as it was.</param>
    /// <param name="after">The smaller one, of the same labels.</param>
    /// <param name="data">Rows that neither was trained on, and by which no heads were judged.</param>
    /// <param name="labelColumnName">The true labels, as in training and in the same order.</param>
    public static CompressionReport Of(MultiLabelTransformer before, MultiLabelTransformer after, IDataView data, string labelColumnName)
    {
        Check(before, after, data);
        Check(before.Model, after.Model);
        if (!before.Labels.SequenceEqual(after.Labels)) throw new ArgumentException($"{Owner}: the models have labels '{string.Join("', '", before.Labels)}' and '{string.Join("', '", after.Labels)}'; expected the same.");
        new LabelSet().Check(Owner, Find(data, labelColumnName));
        bool[]?[] truth = [.. Read(data, labelColumnName, row => Truth(row, row.Schema[labelColumnName]))];
        if (truth.All(labels => labels is null)) throw new InvalidOperationException($"{Owner}: no row has known labels in column '{labelColumnName}'; expected labelled rows.");
        (bool[][] first, double firstSpeed) = Timed(before, data, "PredictedLabel", Predicted);
        (bool[][] second, double secondSpeed) = Timed(after, data, "PredictedLabel", Predicted);
        return new()
        {
            Rows = truth.Length,
            Before = ModelSize.Of(before.Model, before, data.Schema),
            After = ModelSize.Of(after.Model, after, data.Schema),
            Metric = "MicroF1",
            MetricBefore = F1(first),
            MetricAfter = F1(second),
            Agreement = first.Zip(second).Average(pair => pair.First.SequenceEqual(pair.Second) ? 1.0 : 0),
            RowsPerSecondBefore = firstSpeed,
            RowsPerSecondAfter = secondSpeed,
        };

        double F1(bool[][] answers)
        {
            (bool[] Said, bool[]? There)[] known = [.. answers.Zip(truth).Where(pair => pair.Second is not null)];
            return new MultiLabelScores([.. known.Select(pair => pair.There!)], [.. known.Select(pair => pair.Said)]).MicroF1;
        }

        Func<bool[]?> Truth(DataViewRow row, DataViewSchema.Column column)
        {
            List<int> labels = [];
            Func<double> read = new LabelSetReader(Owner, before.Columns.Labels!, "data").Open(row, column, labels);
            return () => double.IsNaN(read()) ? null : Marks(labels);
        }

        Func<bool[]> Predicted(DataViewRow row, DataViewSchema.Column column)
        {
            ValueGetter<VBuffer<uint>> getter = row.GetGetter<VBuffer<uint>>(column);
            VBuffer<uint> keys = default;
            return () =>
            {
                getter(ref keys);
                return Marks(keys.DenseValues().Select(key => (int)key - 1));
            };
        }

        bool[] Marks(IEnumerable<int> labels)
        {
            bool[] marks = new bool[before.Labels.Count];
            foreach (int label in labels) marks[label] = true;
            return marks;
        }
    }

    /// <summary>Compares regressions. Rows without a number are left out of the error.</summary>
    /// <inheritdoc cref="Of(TextClassificationTransformer, TextClassificationTransformer, IDataView, string)"/>
    /// <param name="before">The model as it was.</param>
    /// <param name="after">The smaller one.</param>
    /// <param name="data">Rows that neither was trained on, and by which no heads were judged.</param>
    /// <param name="labelColumnName">The true number.</param>
    public static CompressionReport Of(TextRegressionTransformer before, TextRegressionTransformer after, IDataView data, string labelColumnName)
    {
        Check(before, after, data);
        Check(before.Model, after.Model);
        new RegressionLabel().Check(Owner, Find(data, labelColumnName));
        double[] truth = [.. Read(data, labelColumnName, row => NumberColumn.Reader(row, row.Schema[labelColumnName]))];
        if (truth.All(double.IsNaN)) throw new InvalidOperationException($"{Owner}: no row has a number in column '{labelColumnName}'; expected labelled rows.");
        (double[] first, double firstSpeed) = Timed(before, data, "Score", NumberColumn.Reader);
        (double[] second, double secondSpeed) = Timed(after, data, "Score", NumberColumn.Reader);
        return new()
        {
            Rows = truth.Length,
            Before = ModelSize.Of(before.Model, before, data.Schema),
            After = ModelSize.Of(after.Model, after, data.Schema),
            Metric = "RootMeanSquaredError",
            MetricBefore = Error(first),
            MetricAfter = Error(second),
            Agreement = first.Length > 1 ? Correlation.Pearson(first, second) : double.NaN,
            RowsPerSecondBefore = firstSpeed,
            RowsPerSecondAfter = secondSpeed,
        };

        double Error(double[] answers) => Math.Sqrt(answers.Zip(truth).Where(pair => !double.IsNaN(pair.Second)).Average(pair => (pair.First - pair.Second) * (pair.First - pair.Second)));
    }

    /// <summary>Compares encoders by their vectors.</summary>
    /// <param name="before">The model as it was; it must have an output column.</param>
    /// <param name="after">The smaller one.</param>
    /// <param name="data">Texts.</param>
    /// <exception cref="ArgumentException">A column is missing, or the models give no vector a text.</exception>
    /// <exception cref="InvalidOperationException">There is no row.</exception>
    public static CompressionReport Of(TextEncoderTransformer before, TextEncoderTransformer after, IDataView data)
    {
        Check(before, after, data);
        (string firstColumn, string secondColumn) = (Vector(before), Vector(after));
        (float[][] first, double firstSpeed) = Timed(before, data, firstColumn, VectorReader);
        (float[][] second, double secondSpeed) = Timed(after, data, secondColumn, VectorReader);
        if (first.Length == 0) throw new InvalidOperationException($"{Owner}: the data has no row; expected texts.");
        return new()
        {
            Rows = first.Length,
            Before = ModelSize.Of(before.Model, before, data.Schema),
            After = ModelSize.Of(after.Model, after, data.Schema),
            Agreement = first.Zip(second).Average(pair => TensorPrimitives.CosineSimilarity(pair.First, pair.Second)),
            RowsPerSecondBefore = firstSpeed,
            RowsPerSecondAfter = secondSpeed,
        };

        static string Vector(TextEncoderTransformer model) => model.Options.OutputColumnName ?? throw new ArgumentException($"{Owner}: the encoder gives vectors of tokens only; expected an OutputColumnName.");
    }

    /// <summary>A line for each value, before and after.</summary>
    public override string ToString()
    {
        string metric = Metric is null ? "" : FormattableString.Invariant($"{Metric}: {MetricBefore:F4} -> {MetricAfter:F4}\n");
        return metric + FormattableString.Invariant($"""
            agreement: {Agreement:F4} over {Rows} rows
            parameters: {Before.Parameters} -> {After.Parameters}
            bytes saved: {Before.Bytes} -> {After.Bytes}
            vocabulary: {Before.Vocabulary} -> {After.Vocabulary}
            layers: {Before.Layers} -> {After.Layers}
            heads: {Before.Heads} -> {After.Heads}
            rows a second: {RowsPerSecondBefore:F0} -> {RowsPerSecondAfter:F0}
            """);
    }

    private static void Check(ITransformer before, ITransformer after, IDataView data)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(data);
    }

    private static void Check(ITextPredictor before, ITextPredictor after)
    {
        foreach (ITextPredictor model in (ITextPredictor[])[before, after])
            if (model is not EncoderPredictor) throw new ArgumentException($"{Owner}: a {model.Owner} has no encoder; expected transformers that were fitted by FineTuneText or FineTuneMultiLabel.");
    }

    private static SchemaShape.Column Find(IDataView data, string name) =>
        SchemaShapes.Of(data.Schema).Find(name) ?? throw new ArgumentException(ColumnMessages.Missing(Owner, name, data.Schema.Select(c => c.Name)));

    private static DataViewSchema.Column Column(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) ?? throw new ArgumentException(ColumnMessages.Missing(Owner, name, schema.Select(c => c.Name)));

    // The first rows load code and move the network to where it runs.
    private static (T[] Values, double RowsPerSecond) Timed<T>(ITransformer model, IDataView data, string column, Func<DataViewRow, DataViewSchema.Column, Func<T>> open)
    {
        foreach (T _ in Read(model.Transform(new MLContext().Data.TakeRows(data, WarmupRows)), column, row => open(row, row.Schema[column])))
        {
        }
        long start = Stopwatch.GetTimestamp();
        T[] values = [.. Read(model.Transform(data), column, row => open(row, row.Schema[column]))];
        return (values, values.Length / Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static IEnumerable<T> Read<T>(IDataView data, string column, Func<DataViewRow, Func<T>> open)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([Column(data.Schema, column)]);
        Func<T> value = open(cursor);
        while (cursor.MoveNext()) yield return value();
    }

    private static Func<float[]> VectorReader(DataViewRow row, DataViewSchema.Column column)
    {
        ValueGetter<VBuffer<float>> getter = row.GetGetter<VBuffer<float>>(column);
        VBuffer<float> value = default;
        return () =>
        {
            getter(ref value);
            return [.. value.DenseValues()];
        };
    }
}
