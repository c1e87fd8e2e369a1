using MLNet.Pretrain.Metrics;

namespace MLNet.Pretrain.Text;

/// <summary>What is known of a row once it is tagged.</summary>
internal sealed record TaggedRow(IReadOnlyList<TaggedWord> Words, IReadOnlyList<EntitySpan> Entities)
{
    /// <param name="row">The words.</param>
    /// <param name="set">What tags mean.</param>
    /// <param name="tags">A number a word.</param>
    /// <param name="probabilities">One a word.</param>
    public static TaggedRow Of(WordRow row, TagSet set, ReadOnlySpan<int> tags, ReadOnlySpan<float> probabilities)
    {
        (string[] names, IReadOnlyList<TagSpan> spans) = set.Read(tags);
        var words = new TaggedWord[names.Length];
        for (int i = 0; i < words.Length; i++)
        {
            (int start, int length) = row.PlaceOf(i, 1);
            words[i] = new(row.Cut(i, 1), start, length, names[i], probabilities[i]);
        }
        var entities = new EntitySpan[spans.Count];
        for (int i = 0; i < entities.Length; i++)
        {
            (string type, int first, int count) = spans[i];
            (int start, int length) = row.PlaceOf(first, count);
            float sum = 0;
            foreach (float probability in probabilities.Slice(first, count)) sum += probability;
            entities[i] = new(type, row.Cut(first, count), start, length, sum / count);
        }
        return new(words, entities);
    }
}
