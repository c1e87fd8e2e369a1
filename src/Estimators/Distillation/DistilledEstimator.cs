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
        options.Validate(Owner);
        (_teacher, _student, _options, _labelColumnName, _weightColumnName, _label) = (teacher, student, options, labelColumnName, weightColumnName, label);
    }

    /// <summary>Asks the teacher about each row, and fits the student.</summary>
    /// <param name="input">The training rows; read again whenever the student reads.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the teacher has other classes.</exception>
    /// <exception cref="InvalidOperationException">The teacher drops or reorders rows, or gives what is no answer.</exception>
    public ITransformer Fit(IDataView input)
    {
        GetOutputSchema(SchemaShapes.Of(input.Schema));
        using IChannel channel = _host.Start(Owner);
        ILabelReader label = _label.Learn(Owner, input, _labelColumnName, channel, Check);
        List<IDataView> sources = [input];
        if (_options.TransferData is { } transfer) sources.Add(new WithMissingColumns(Owner, transfer, input.Schema, [.. _teacher.NeededColumns], _labelColumnName, _weightColumnName));
        using var writer = new TeacherAnswers.Writer(label.Columns.Labels!.Names.Count, areNumbers: false);
        var labels = new List<int>();
        foreach (IDataView source in sources) Read(source, source == input, label, writer, labels);
        using TeacherAnswers answers = writer.Complete();
        channel.Info(MessageSensitivity.None, "{0}", $"The teacher has answered to {answers.Count} rows, {labels.Count(l => l < 0)} of them without a label.");
        return _student.Fit(new TaughtRows(sources, LabelColumn(label), _weightColumnName, answers.Width, (row, shares) => Target(answers, labels, row, shares)));
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

    // Class of each row, -1 where it has none, and the teacher's answers.
    private void Read(IDataView source, bool isLabelled, ILabelReader label, TeacherAnswers.Writer writer, List<int> labels)
    {
        using var companion = new TeacherCompanion(Owner, _teacher, source, label, writer);
        using DataViewRowCursor cursor = source.GetRowCursor(isLabelled ? [source.Schema[_labelColumnName]] : []);
        Func<double> read = isLabelled ? label.Open(cursor, source.Schema[_labelColumnName]) : () => double.NaN;
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            if (labels.Count % 1024 == 0) Check();
            getId(ref id);
            companion.MoveTo(id);
            double value = read();
            labels.Add(double.IsNaN(value) ? -1 : (int)value);
            companion.Keep();
        }
        companion.MoveTo(null);
    }

    // (1 - w) softmax(answers / T) + w [class], or the teacher's alone.
    private void Target(TeacherAnswers answers, List<int> labels, long row, float[] shares)
    {
        answers.Read(row, shares);
        double highest = shares.Max(), sum = 0;
        for (int c = 0; c < shares.Length; c++) sum += Math.Exp((shares[c] - highest) / _options.Temperature);
        for (int c = 0; c < shares.Length; c++) shares[c] = (float)(Math.Exp((shares[c] - highest) / _options.Temperature) / sum);
        // A row without a label has its soft part alone, as in DistillText.
        int known = labels[(int)row];
        for (int c = 0; c < shares.Length; c++) shares[c] = (float)((1 - _options.HardLabelWeight) * shares[c] + (c == known ? _options.HardLabelWeight : 0));
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
