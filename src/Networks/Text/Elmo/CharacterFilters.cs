namespace MLNet.Pretrain.Networks.Text;

/// <summary>Filters of one width over a word's characters.</summary>
/// <param name="Width">Characters that a filter spans, 1 or more.</param>
/// <param name="Count">Filters, 1 or more.</param>
public readonly record struct CharacterFilters(int Width, int Count);
