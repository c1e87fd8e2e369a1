using Microsoft.ML;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>Labels as training stores them.</summary>
internal interface ILabelReader
{
    LabelKind Kind { get; }

    /// <summary>What the fitted network's outputs become.</summary>
    IPredictionColumns Columns { get; }

    /// <summary>A function that gives the present row's class, from 0, or its number; NaN where its label is missing.</summary>
    /// <exception cref="InvalidOperationException">Thrown by the function: the label is none that can be learnt.</exception>
    Func<double> Open(DataViewRow row, DataViewSchema.Column label);

    /// <summary>The same where labels are sets: the function puts the present row's classes, from 0 and each once, in place of what is in the list, and gives their number.</summary>
    Func<double> Open(DataViewRow row, DataViewSchema.Column label, List<int> classes) => Open(row, label);

    /// <summary>Throws where nothing can be learnt from the training rows, of which there is at least one.</summary>
    void CheckRows(string owner, TokenStore rows, string labelColumnName);
}
