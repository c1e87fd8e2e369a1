namespace MLNet.Pretrain.Text;

/// <summary>File formats of word vectors.</summary>
public enum WordVectorFormat
{
    /// <summary>A header "words dimensions", then a line a word; what word2vec writes as text, gensim as such, and fastText as <c>.vec</c>.</summary>
    Text,

    /// <summary>The same header, then each word, a space and its values as 32-bit floats: word2vec's binary format.</summary>
    Binary,

    /// <summary>A line a word without a header, as GloVe writes it.</summary>
    GloVe,
}
