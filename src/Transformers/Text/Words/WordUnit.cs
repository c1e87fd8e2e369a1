namespace MLNet.Pretrain.Text;

/// <summary>What a text is divided into. Words longer than <see cref="WordSplitting.MaxWordLength"/> characters are dropped.</summary>
public enum WordUnit
{
    /// <summary>Runs of letters, digits, marks and underscores, with apostrophes inside; each Chinese character alone; all else separates.</summary>
    Word,

    /// <summary>Whatever stands between white space, punctuation included: for text that is tokenized already.</summary>
    Whitespace,

    /// <summary>Every character (Unicode scalar value) that is not white space.</summary>
    Character,
}
