using MLNet.Pretrain.Networks;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Training;

/// <summary>Rows of one forward pass. Its tensors belong to no dispose scope: they live until it is disposed.</summary>
internal sealed class TrainingBatch : IDisposable
{
    /// <summary>Token ids, [B, T] int64, padded at the end.</summary>
    public required Tensor InputIds { get; init; }

    /// <summary>1 = real token, [B, T] int64; null where nothing is padded.</summary>
    public Tensor? AttentionMask { get; init; }

    /// <summary>0 = first text, 1 = second, [B, T] int64; null where the tokenizer has no token types or no row has a second text.</summary>
    public Tensor? TokenTypeIds { get; init; }

    /// <summary>[B], int64 classes or float32 values; or [B, K] float32, 1 = in the row's set; as the store's <see cref="LabelKind"/> says.</summary>
    public required Tensor Labels { get; init; }

    /// <summary>[B] float32; null where all are 1.</summary>
    public Tensor? Weights { get; init; }

    /// <summary>Where something is to be predicted, [M] int64 into B * T, or of each row [B, W] into T, -1 = nowhere; null where a task predicts whole rows.</summary>
    public Tensor? Positions { get; init; }

    /// <summary>What is to be predicted there, int64 of the same shape; -100 = nothing.</summary>
    public Tensor? Targets { get; init; }

    /// <summary>Where a row of several texts was taken apart into rows of their own: [parts * B, T] ids, all first texts, then all second ones, and so on. The longest text of each part; else null.</summary>
    public IReadOnlyList<int>? PartWidths { get; init; }

    /// <summary>What is no wrong answer to a row, [B, C] bool; null = nothing, or a task that compares no rows.</summary>
    public Tensor? Excluded { get; init; }

    /// <summary>Index of each row in the store.</summary>
    public required IReadOnlyList<long> RowIndices { get; init; }

    /// <summary>B.</summary>
    public int Rows => RowIndices.Count;

    /// <summary>Real tokens, padding not counted.</summary>
    public required long Tokens { get; init; }

    /// <summary>The batch on a device; this one is disposed where that is another.</summary>
    public TrainingBatch MoveTo(Device device)
    {
        if (InputIds.device_type == device.type && InputIds.device_index == device.index) return this;
        using var scope = NewDisposeScope();
        var moved = new TrainingBatch
        {
            InputIds = Move(InputIds)!,
            AttentionMask = Move(AttentionMask),
            TokenTypeIds = Move(TokenTypeIds),
            Labels = Move(Labels)!,
            Weights = Move(Weights),
            Positions = Move(Positions),
            Targets = Move(Targets),
            PartWidths = PartWidths,
            Excluded = Move(Excluded),
            RowIndices = RowIndices,
            Tokens = Tokens,
        };
        Dispose();
        return moved;

        Tensor? Move(Tensor? tensor) => tensor?.SentTo(device).DetachFromDisposeScope();
    }

    /// <summary>The same tensors, and what is no wrong answer to a row.</summary>
    public TrainingBatch With(Tensor excluded) => new()
    {
        InputIds = InputIds,
        AttentionMask = AttentionMask,
        TokenTypeIds = TokenTypeIds,
        Labels = Labels,
        Weights = Weights,
        Positions = Positions,
        Targets = Targets,
        PartWidths = PartWidths,
        Excluded = excluded,
        RowIndices = RowIndices,
        Tokens = Tokens,
    };

    public void Dispose()
    {
        InputIds.Dispose();
        AttentionMask?.Dispose();
        TokenTypeIds?.Dispose();
        Labels.Dispose();
        Weights?.Dispose();
        Positions?.Dispose();
        Targets?.Dispose();
        Excluded?.Dispose();
    }
}
