namespace MLNet.Pretrain.Text;

/// <summary>How the vectors of a text's words become the text's vector. Unknown words are left out; a text without known words is all zeros.</summary>
public enum WordVectorPooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>Their mean weighted by inverse document frequency, ln((1 + texts) / (1 + texts with the word)) + 1, counted over the rows of <c>Fit</c>.</summary>
    TfIdf,

    /// <summary>Smooth inverse frequency: each word weighs a / (a + its share of the words), then the direction common to all texts is taken out (Arora et al. 2017). Needs no tuning and is hard to beat without training.</summary>
    SmoothInverseFrequency,

    /// <summary>Minimum, mean and maximum of each component, one behind the other: three times as long, as ML.NET's <c>ApplyWordEmbedding</c> does.</summary>
    MinMeanMax,

    /// <summary>Every known word's vector in order, words x vector size, row by row: a vector of variable length.</summary>
    Tokens,
}
