namespace MLNet.Pretrain.Text;

/// <summary>The words of a language model: 0 begins a text, 1 ends it, 2 is any unknown word, the vocabulary follows.</summary>
internal sealed class LanguageModelWords(WordTable words)
{
    public const int Begin = 0, End = 1, Unknown = 2, FirstWord = 3;
    public const string EndName = "</s>", UnknownName = "<unk>", BeginName = "<s>";

    public int Count => words.Count + FirstWord;

    public WordTable Table => words;

    public int IdOf(ReadOnlySpan<char> word) => words.Find(word) is >= 0 and var id ? id + FirstWord : Unknown;

    public string NameOf(int id) => id switch { Begin => BeginName, End => EndName, Unknown => UnknownName, _ => words[id - FirstWord].ToString() };
}
