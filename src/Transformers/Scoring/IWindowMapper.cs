using Microsoft.ML;

namespace MLNet.Pretrain.Scoring;

/// <summary>
/// A row-to-row computation that is cheaper a window of rows at a time than row by row: what a fitted network supplies to be served
/// as a lazy <see cref="IDataView"/> and as an <see cref="Microsoft.ML.Data.IRowToRowMapper"/>. Bound to one input schema, immutable, thread safe.
/// </summary>
internal interface IWindowMapper
{
    DataViewSchema InputSchema { get; }

    /// <summary>Indices of the input columns that the computation reads.</summary>
    IReadOnlyList<int> InputColumns { get; }

    /// <summary>The columns added, in order.</summary>
    IReadOnlyList<DataViewSchema.DetachedColumn> OutputColumns { get; }

    /// <summary>Opens the buffers of one cursor or one row.</summary>
    /// <param name="input">Where input values are read from.</param>
    /// <param name="capacity">The most rows a window will hold.</param>
    /// <param name="isActive">Which of <see cref="OutputColumns"/> will be asked for.</param>
    IWindow Open(DataViewRow input, int capacity, Func<int, bool> isActive);
}

/// <summary>One window of rows of one cursor. Not thread safe: a cursor belongs to one thread at a time.</summary>
internal interface IWindow : IDisposable
{
    /// <summary>Copies what the computation needs of the input's present row into a slot. Slots are filled in order from 0.</summary>
    void Read(int slot);

    /// <summary>Computes slots 0 to <paramref name="count"/> - 1.</summary>
    void Compute(int count);

    /// <summary>A <see cref="ValueGetter{TValue}"/> of output <paramref name="output"/> that serves whichever slot <paramref name="slot"/> names.</summary>
    Delegate GetGetter(int output, Func<int> slot);
}
