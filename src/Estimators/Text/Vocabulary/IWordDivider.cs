namespace MLNet.Pretrain.Text;

/// <summary>Divides texts into the words inside which pieces are merged. For one thread.</summary>
internal interface IWordDivider
{
    void Count(ReadOnlySpan<char> text, WordCounts counts);
}
