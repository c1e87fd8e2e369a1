namespace MLNet.Pretrain.Text;

/// <summary>Neighbouring words of a row that go through the network together.</summary>
/// <param name="FirstWord">Place of the first word in its row.</param>
/// <param name="WordCount">1 or more.</param>
/// <param name="FirstId">Where its ids begin, special tokens included.</param>
/// <param name="IdCount">How many there are.</param>
internal readonly record struct WordWindow(int FirstWord, int WordCount, int FirstId, int IdCount);
