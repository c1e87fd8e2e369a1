using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.Pretrain.Text;

/// <summary>What a kind of predictor wants of its label column, and the columns it makes.</summary>
internal interface ITextLabel
{
    /// <summary>Throws where the column is not of the kind.</summary>
    void Check(string owner, SchemaShape.Column label);

    /// <summary>The columns that the fitted transformer adds.</summary>
    IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label);

    /// <summary>Reads of the training rows what must be known of all of them before one can be read.</summary>
    /// <param name="owner">For messages.</param>
    /// <param name="training">The training rows.</param>
    /// <param name="labelColumnName">Their label.</param>
    /// <param name="channel">The log.</param>
    /// <param name="check">Called now and then; throws to end reading.</param>
    /// <exception cref="InvalidOperationException">There is nothing to learn from the labels.</exception>
    ILabelReader Learn(string owner, IDataView training, string labelColumnName, IChannel channel, Action check);
}
