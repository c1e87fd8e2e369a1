using Microsoft.ML;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>What a kind of predictor wants of its label column, and the columns it makes.</summary>
internal interface ITextLabel
{
    LabelKind Kind { get; }

    /// <summary>Throws where the column is not of the kind.</summary>
    void Check(string owner, SchemaShape.Column label);

    /// <summary>The columns that the fitted transformer adds.</summary>
    IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label);

    IPredictionColumns Columns(DataViewSchema.Column label);

    /// <summary>A function that gives the present row's class, from 0, or its number; NaN where its label is missing.</summary>
    Func<double> Reader(DataViewRow row, DataViewSchema.Column label);

    /// <summary>The same where labels are sets: the function puts the present row's classes, from 0 and each once, in place of what is in the list, and gives their number.</summary>
    Func<double> Reader(DataViewRow row, DataViewSchema.Column label, List<int> classes) => Reader(row, label);

    /// <summary>Throws where nothing can be learnt from the training rows, of which there is at least one.</summary>
    void CheckRows(string owner, TokenStore rows, string labelColumnName);
}
