namespace MLNet.Pretrain.Training;

/// <summary>Marks an option that is no part of what is learnt: how the fitted model gives it, or a column's name, for data are known by their rows. A resumed run may have another.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OutputOnlyAttribute : Attribute;
