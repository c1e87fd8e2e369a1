namespace MLNet.Pretrain.Text;

/// <summary>Where training stands.</summary>
/// <param name="Words">Words of the corpus passed so far, over all epochs, those left out by sub-sampling included.</param>
/// <param name="TotalWords">Words of all epochs.</param>
/// <param name="LearningRate">The present one.</param>
/// <param name="Loss">Mean loss of a right word and its negatives, or of a path, in nats, since the last report; measured on one window in 32.</param>
/// <param name="WordsPerSecond">Since the start of training.</param>
public sealed record Word2VecProgress(long Words, long TotalWords, double LearningRate, double Loss, double WordsPerSecond);
