using Microsoft.ML;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Labels that are one of several classes.</summary>
internal sealed class ClassReader(string owner, LabelValues classes, string data = "validation data") : ILabelReader
{
    private readonly ClassNumbers _numbers = new(owner, classes.Names, data, "the training data's");

    public LabelKind Kind => LabelKind.Class;

    public IPredictionColumns Columns { get; } = new MulticlassColumns(classes);

    public Func<double> Open(DataViewRow row, DataViewSchema.Column label) => _numbers.Open(row, label);

    public void CheckRows(string owner, TokenStore rows, string labelColumnName) => ClassLabels.CheckRows(owner, rows, labelColumnName);
}
