namespace MLNet.Pretrain.Text;

/// <summary>The probability from which on a label is best given.</summary>
internal static class ThresholdSearch
{
    /// <summary>Of all thresholds in (0, 1) that give the highest F1, the one nearest to 0.5, and between two probabilities the middle: it moves from 0.5 only where that is better.</summary>
    /// <param name="scores">A probability a row.</param>
    /// <param name="truth">Whether each row has the label.</param>
    /// <returns>0.5 where no row has it.</returns>
    public static double BestF1(ReadOnlySpan<float> scores, ReadOnlySpan<bool> truth)
    {
        (float[] keys, bool[] there) = (scores.ToArray(), truth.ToArray());
        Array.Sort(keys, there);
        long actual = there.LongCount(value => value);
        (double Threshold, long Right, long Predicted) best = (0.5, 0, 0);
        (long right, long predicted) = (0, 0);
        for (int row = keys.Length - 1; row >= 0 && keys[row] > 0; row--)
        {
            predicted++;
            if (there[row]) right++;
            double lower = row > 0 && keys[row - 1] > 0 ? keys[row - 1] : 0;   // what is no number comes first
            if (lower == keys[row]) continue;   // rows that are alike are given the label together
            double threshold = lower < 0.5 && keys[row] >= 0.5 ? 0.5 : (lower + keys[row]) / 2;
            // F1 is 2 right / (predicted + actual): compared as fractions, so that equal ones are equal.
            long difference = right * (best.Predicted + actual) - best.Right * (predicted + actual);
            if (difference > 0 || (difference == 0 && Math.Abs(threshold - 0.5) < Math.Abs(best.Threshold - 0.5))) best = (threshold, right, predicted);
        }
        return best.Threshold;
    }
}
