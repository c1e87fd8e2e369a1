using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>Finds words in languages that do not separate them by spaces, so that whole words can be hidden (Cui et al. 2019). Used from several threads at once.</summary>
public interface IWordSegmenter
{
    /// <summary>Words of several characters; what is in none is hidden by itself.</summary>
    /// <param name="text">One text as it was given.</param>
    /// <returns>Where each word stands in the text, in UTF-16 units, in order and without overlap.</returns>
    IEnumerable<TokenOffset> Segment(string text);
}
