using System.Runtime.InteropServices;
using MLNet.Pretrain.Training;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Makes what the network reads of stored pairs: texts of their own, and for ranking, which of them are no wrong answers to each other.</summary>
internal sealed class EmbeddingBatches(FineTuneEmbeddingsOptions options, int padTokenId)
{
    /// <summary>Special tokens of a text: one at each end.</summary>
    public const int Specials = 2;

    /// <summary>Where each text of a stored row ends.</summary>
    public int[] Ends(TokenStore store, long row)
    {
        (int first, int all) = (store.FirstSegmentLength(row), store.Length(row));
        return options.NegativeColumnName is null ? [first, all] : [first, (int)store.ClassLabel(row), all];
    }

    /// <summary>See <see cref="ITrainingTask.Prepare"/>.</summary>
    public TrainingBatch Prepare(TrainingBatch batch)
    {
        (int[] firstEnds, int[] rowEnds) = TextParts.Ends(batch);
        if (options.Loss == EmbeddingLoss.CosineRegression) return TextParts.Divide(batch, [firstEnds, rowEnds], padTokenId);
        int[] secondEnds = Array.ConvertAll(TextParts.Longs(batch.Labels).ToArray(), end => (int)end);
        int[][] ends = options.NegativeColumnName is null ? [firstEnds, secondEnds] : [firstEnds, secondEnds, rowEnds];
        bool[]? excluded = Excluded(batch, ends);
        TrainingBatch divided = TextParts.Divide(batch, ends, padTokenId);
        using var scope = NewDisposeScope();
        return excluded is null ? divided : divided.With(tensor(excluded).reshape(batch.Rows, -1).DetachFromDisposeScope());
    }

    // Row by row, for each candidate: another text that is known to belong to the row's first one, that text itself, or a negative that is missing.
    private static bool[]? Excluded(TrainingBatch batch, int[][] ends)
    {
        int rows = batch.Rows, candidates = rows * (ends.Length - 1);
        int[][] texts = Texts(batch, ends);
        HashSet<(int, int)> pairs = [.. texts[0].Zip(texts[1])];
        var excluded = new bool[rows * candidates];
        for (int row = 0; row < rows; row++)
        {
            for (int candidate = 0; candidate < candidates; candidate++)
            {
                (int first, int other) = (texts[0][row], texts[1 + candidate / rows][candidate % rows]);
                excluded[row * candidates + candidate] = candidate != row && (other < 0 || first == other || pairs.Contains((first, other)));
            }
        }
        return excluded.Contains(true) ? excluded : null;
    }

    // A number for each different text of each part; -1 for none. What is the same to the network has the same number.
    private static int[][] Texts(TrainingBatch batch, int[][] ends)
    {
        Span<long> ids = TextParts.Longs(batch.InputIds);
        int width = (int)batch.InputIds.shape[1];
        Dictionary<string, int> numbers = [];
        int[][] texts = [.. ends.Select(_ => new int[batch.Rows])];
        for (int part = 0; part < ends.Length; part++)
        {
            for (int row = 0; row < batch.Rows; row++)
            {
                int start = part == 0 ? 0 : ends[part - 1][row];
                Span<long> text = ids[(row * width + start)..(row * width + ends[part][row])];
                string key = MemoryMarshal.Cast<long, char>(text).ToString();
                if (!numbers.TryGetValue(key, out int number)) numbers.Add(key, number = numbers.Count);
                texts[part][row] = text.Length <= Specials ? -1 : number;
            }
        }
        return texts;
    }
}
