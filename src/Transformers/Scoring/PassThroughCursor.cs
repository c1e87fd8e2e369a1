using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.Pretrain.Scoring;

/// <summary>A cursor over input columns only: no window, no network.</summary>
internal sealed class PassThroughCursor(WindowBindings bindings, DataViewRowCursor input, bool[] active) : DataViewRowCursor
{
    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override DataViewSchema Schema => bindings.Output;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => active[column.Index];

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => active[column.Index]
        ? input.GetGetter<TValue>(bindings.Input[column.Index])
        : WindowBindings.Cast<TValue>(null, column);

    protected override void Dispose(bool disposing)
    {
        if (disposing) input.Dispose();
        base.Dispose(disposing);
    }
}
