using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>A WordPiece vocabulary and its text rules.</summary>
public sealed class WordPieceVocabulary
{
    internal WordPieceVocabulary(BertWordPieceTokenizer tokenizer) => Tokenizer = tokenizer;

    /// <summary>Entries by id.</summary>
    public IReadOnlyList<string> Entries => Tokenizer.Vocabulary;

    /// <summary>Cuts texts with this vocabulary.</summary>
    public BertWordPieceTokenizer Tokenizer { get; }

    /// <summary>Writes <c>vocab.txt</c> and <c>tokenizer_config.json</c>, which Hugging Face's libraries, <c>SequenceTokenizer.Load</c> and, the first of them, Microsoft.ML.Tokenizers' <c>BertTokenizer</c> read. A file that is there is replaced once the new one is complete.</summary>
    /// <param name="directory">Made where it is not there.</param>
    /// <exception cref="IOException">The folder cannot be made or written.</exception>
    public void Save(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        SequenceTokenizer.WordPiece(Tokenizer).Save(directory);
    }
}
