namespace MLNet.Pretrain.Text;

/// <summary>A text in which some words of one token each are hidden, and what a masked language model proposes for them.</summary>
/// <param name="ids">Tokens with the special ones at both ends; the hidden ones as they were.</param>
/// <param name="places">Where in them the hidden ones are.</param>
internal sealed class HiddenWords(int[] ids, int[] places)
{
    public int[] Ids => ids;

    public int[] Places => places;

    /// <summary>Of each place the likeliest tokens that are words and are not the hidden one, the likeliest first.</summary>
    public int[][] Proposals { get; } = new int[places.Length][];
}
