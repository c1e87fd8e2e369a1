using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>Reads the tokenizer's files of a directory, which needs no weights beside them.</summary>
internal static class VocabularyDirectory
{
    private const string ByteLevelFiles = $"{TokenizerFiles.BpeVocabulary} and {TokenizerFiles.BpeMerges}";

    public static SequenceTokenizer OpenForEncoder(string directory)
    {
        if (!Has(directory, TokenizerFiles.Vocabulary) && !HasByteLevel(directory))
            throw new FileNotFoundException($"Vocabulary directory '{directory}' has no tokenizer that is read here. Found: {Found(directory)}. Expected {TokenizerFiles.Vocabulary} (BERT), or {ByteLevelFiles} (RoBERTa). Write them with WordPieceVocabulary.Save or BpeVocabulary.Save.");
        return Told(directory, $"A byte-level vocabulary for an encoder is trained with BpeTrainerOptions.SpecialTokens = {nameof(BpeTrainerOptions.RobertaSpecialTokens)}.", SequenceTokenizer.Load);
    }

    public static GptTokenizer OpenForGpt(string directory)
    {
        if (!HasByteLevel(directory))
        {
            string kind = Has(directory, TokenizerFiles.Vocabulary) ? "holds a WordPiece vocabulary" : "has no tokenizer that is read here";
            throw new FileNotFoundException($"Vocabulary directory '{directory}' {kind}. Found: {Found(directory)}. A GPT expects {ByteLevelFiles}. Write them with BpeVocabulary.Save.");
        }
        return Told(directory, $"A vocabulary for a GPT is trained with {GptTokenizer.EndOfText} among BpeTrainerOptions.SpecialTokens.", GptTokenizer.Load);
    }

    private static T Told<T>(string directory, string remedy, Func<string, T> load)
    {
        try
        {
            return load(directory);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"Vocabulary directory '{directory}': {e.Message} {remedy}", e);
        }
    }

    private static bool HasByteLevel(string directory) => Has(directory, TokenizerFiles.BpeVocabulary) && Has(directory, TokenizerFiles.BpeMerges);

    private static bool Has(string directory, string name) => Directory.Exists(directory)
        ? File.Exists(Path.Combine(directory, name))
        : throw new DirectoryNotFoundException($"Vocabulary directory '{directory}' was not found; expected a directory with {TokenizerFiles.Vocabulary}, or {ByteLevelFiles}. Check the path, which is relative to '{Environment.CurrentDirectory}' where it is not absolute.");

    private static string Found(string directory)
    {
        string found = string.Join(", ", Directory.GetFiles(directory).Select(Path.GetFileName).Order());
        return found.Length == 0 ? "nothing" : found;
    }
}
