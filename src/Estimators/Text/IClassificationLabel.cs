using Microsoft.ML;

namespace MLNet.Pretrain.Text;

/// <summary>What a kind of classifier wants of its label column, and the columns it makes.</summary>
internal interface IClassificationLabel
{
    /// <summary>Throws where the column is not of the kind.</summary>
    void Check(string owner, SchemaShape.Column label);

    /// <summary>The columns that the fitted transformer adds.</summary>
    IEnumerable<SchemaShape.Column> Outputs(SchemaShape.Column label);

    IClassificationColumns Columns(DataViewSchema.Column label);

    /// <summary>A function that gives the present row's class, from 0, or -1 where its label is missing.</summary>
    Func<int> Reader(DataViewRow row, DataViewSchema.Column label);
}
