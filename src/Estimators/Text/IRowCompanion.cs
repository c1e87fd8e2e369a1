using Microsoft.ML.Data;

namespace MLNet.Pretrain.Text;

/// <summary>Reads along with a <see cref="LabelledTextReader"/>, which then keeps rows without a label, too.</summary>
internal interface IRowCompanion
{
    /// <summary>What stands for the label of a row without one.</summary>
    double Unlabelled { get; }

    /// <summary>Goes to the row of an id; null = there are no more.</summary>
    /// <exception cref="InvalidOperationException">It has another row there.</exception>
    void MoveTo(DataViewRowId? id);

    /// <summary>Told that the present row is stored.</summary>
    void Keep();
}
