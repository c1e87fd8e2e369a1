using System.Numerics.Tensors;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Text;

namespace MLNet.Pretrain.Distillation;

/// <summary>
/// Fits any pipeline of ML.NET to a teacher's probabilities, such as a bag of words with logistic regression. Each row comes once for each class that teacher or label give
/// something to, with that class as label and its share as weight: what a trainer with example weights makes of it is the cross-entropy to the whole distribution.
/// </summary>
/// <remarks>
/// <list type="table">
/// <listheader><term>Column</term><description>Type</description></listheader>
/// <item><term>Label</term><description>Multiclass: a key, or text, Boolean or numbers; the student gets a key with these values. Binary: Boolean, or numbers that are 0 or 1; the student gets Boolean. Rows without one learn from the teacher alone</description></item>
/// <item><term>Weight</term><description>Single; made here, for the student's trainer (<c>exampleWeightColumnName</c>). A trainer that does not read it learns every class alike</description></item>
/// </list>
/// </remarks>
public sealed class DistilledEstimator : IEstimator<ITransformer>
{
    private const string Owner = "Distill";

    private readonly IHost _host;
    private readonly DistillationTeacher _teacher;
    private readonly IEstimator<ITransformer> _student;
    private readonly DistillationOptions _options;
    private readonly string _labelColumnName, _weightColumnName;
    private readonly ITextLabel _label;

    internal DistilledEstimator(IHostEnvironment env, DistillationTeacher teacher, IEstimator<ITransformer> student, string labelColumnName, string weightColumnName, DistillationOptions options, ITextLabel label)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(student);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        ArgumentException.ThrowIfNullOrEmpty(weightColumnName);
        if (labelColumnName == weightColumnName) throw new ArgumentException($"{Owner}: label and weight column are both called '{labelColumnName}'; expected two names.");
        _host = env.Register(nameof(DistilledEstimator));
        options.Validate(Owner, "a pipeline");
        (_teacher, _student, _options, _labelColumnName, _weightColumnName, _label) = (teacher, student, options, labelColumnName, weightColumnName, label);
    }

    /// <summary>Asks the teacher about each row, and fits the student.</summary>
    /// <param name="input">The training rows; read again whenever the student reads.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the teacher has other classes.</exception>
    /// <exception cref="InvalidOperationException">The teacher drops or reorders rows, or gives what is no answer; or the data are read otherwise later; or the student does not read the weights.</exception>
    public ITransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        using IChannel channel = _host.Start(Owner);
        ILabelReader label = _label.Learn(Owner, input, _labelColumnName, channel, Check);
        List<IDataView> sources = [input];
        if (_options.TransferData is { } transfer) sources.Add(new WithMissingColumns(Owner, transfer, input.Schema, [.. _teacher.NeededColumns], _labelColumnName, _weightColumnName));
        using var writer = new TeacherAnswers.Writer(label.Columns.Labels!.Names.Count, AnswerKind.Shares);
        TaughtSource[] read = [.. sources.Select(source => Read(source, source == input, label, writer))];
        using TeacherAnswers shares = writer.Complete();
        channel.Info(MessageSensitivity.None, "{0}", $"The teacher has answered to {shares.Count} rows.");
        var rows = new TaughtRows(Owner, read, LabelColumn(label), _weightColumnName, shares);
        ITransformer student = _student.Fit(rows);
        if (rows.WeightsWereRead) return student;
        (student as IDisposable)?.Dispose();
        throw new InvalidOperationException($"{Owner}: the student has not read the column '{_weightColumnName}', without which each class counts alike in every row; expected a trainer that does: name it, as in exampleWeightColumnName: \"{_weightColumnName}\".");
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        SchemaShape.Column label = TextColumnShapes.Require(Owner, inputSchema, _labelColumnName);
        if (inputSchema.Any(c => c.Name == _weightColumnName)) throw new ArgumentException($"{Owner}: the data have a column '{_weightColumnName}', under which the student is to find the weights made here; expected another weightColumnName.");
        _label.Check(Owner, label);
        SchemaShape.Column taught = LabelShape(label), weight = SchemaShapes.Scalar(_weightColumnName, NumberDataViewType.Single);
        SchemaShape given = _student.GetOutputSchema(inputSchema.With([taught, weight]));
        // The fitted student sees the label as it is, and no weight.
        return new SchemaShape(given
            .Where(c => c.Name != _weightColumnName)
            .Select(c => c.Name == _labelColumnName && c.ItemType == taught.ItemType && c.IsKey == taught.IsKey ? label : c));
    }

    // What each class gets of each row: (1 - w) softmax(answer / T) + w [label], and of a row without a label the soft part alone, as in DistillText.
    private TaughtSource Read(IDataView source, bool isLabelled, ILabelReader label, TeacherAnswers.Writer shares)
    {
        double known = double.NaN;
        float soft = (float)(1 - _options.HardLabelWeight), hard = (float)_options.HardLabelWeight;
        using var companion = new TeacherCompanion(Owner, _teacher, source, label, row =>
        {
            TensorPrimitives.Divide(row, (float)(_options.Temperature ?? 1), row);
            TensorPrimitives.SoftMax<float>(row, row);
            TensorPrimitives.Multiply(row, soft, row);
            if (!double.IsNaN(known)) row[(int)known] += hard;
            shares.Append(row);
        });
        using DataViewRowCursor cursor = source.GetRowCursor(isLabelled ? [source.Schema[_labelColumnName]] : []);
        Func<double> read = isLabelled ? label.Open(cursor, source.Schema[_labelColumnName]) : () => double.NaN;
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        DataViewRowId id = default;
        var seen = new RowIds();
        while (cursor.MoveNext())
        {
            if (seen.Count % 1024 == 0) Check();
            getId(ref id);
            seen.Add(id);
            companion.MoveTo(id);
            known = read();
            companion.Keep();
        }
        companion.MoveTo(null);
        return new(source, seen);
    }

    private DataViewSchema.DetachedColumn LabelColumn(ILabelReader label)
    {
        if (label.Columns is BinaryColumns) return new(_labelColumnName, BooleanDataViewType.Instance);
        LabelValues values = label.Columns.Labels!;
        var annotations = new DataViewSchema.Annotations.Builder();
        values.AddTo(annotations);
        return new(_labelColumnName, new KeyDataViewType(typeof(uint), values.Names.Count), annotations.ToAnnotations());
    }

    private SchemaShape.Column LabelShape(SchemaShape.Column label) => _label is BinaryLabel
        ? SchemaShapes.Scalar(_labelColumnName, BooleanDataViewType.Instance)
        : label.IsKey ? label : SchemaShapes.Key(_labelColumnName, [SchemaShapes.Vector(LabelValues.KeyValuesAnnotation, label.ItemType)]);

    private void Check() => HostCancellation.ThrowIfCancelled(_host);
}
