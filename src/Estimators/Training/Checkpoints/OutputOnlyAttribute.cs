namespace MLNet.Pretrain.Training;

/// <summary>Marks an option that says what a fitted model gives, not what it learns: a resumed run may have another.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OutputOnlyAttribute : Attribute;
