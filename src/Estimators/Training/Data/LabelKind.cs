namespace MLNet.Pretrain.Training;

/// <summary>What a row's label is.</summary>
internal enum LabelKind
{
    /// <summary>A class, from 0: an int64 tensor in batches.</summary>
    Class,

    /// <summary>A number: a float32 tensor in batches.</summary>
    Value,

    /// <summary>Any number of classes, none included: a float32 tensor with a column a class in batches, 1 = in the set.</summary>
    Set,
}
