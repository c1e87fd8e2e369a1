using Microsoft.ML;

namespace MLNet.Pretrain.Distillation;

/// <summary>A view that a teacher has answered to.</summary>
/// <param name="View">The rows.</param>
/// <param name="Ids">Those that the teacher has seen.</param>
internal sealed record TaughtSource(IDataView View, RowIds Ids);
