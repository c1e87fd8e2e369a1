using System.Runtime.InteropServices;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Makes the ids of words, each tokenized for itself, and divides rows over the limit between words into as few windows as hold them, of about equal length:
/// a short last one would leave its words without context. Thread safe.
/// </summary>
internal sealed class WordEncoder(SequenceTokenizer tokenizer, int maxLength)
{
    private const int Specials = 2;

    private readonly int _room = maxLength - Specials;

    public void Encode(WordRow row, EncodedWords destination)
    {
        destination.Clear();
        for (int word = 0; word < row.Count; word++) AddPieces(row, word, destination);
        if (row.Count > 0) Divide(destination);
    }

    private void AddPieces(WordRow row, int word, EncodedWords destination)
    {
        EncodedText buffer = destination.Buffer;
        buffer.Clear();
        // Not before the first word, as the vocabulary saw texts begin.
        if (tokenizer.WordsCarrySpace && row.FollowsSpace(word)) tokenizer.Append(string.Concat(" ", row[word]), buffer);
        else tokenizer.Append(row[word], buffer);
        if (buffer.Length == 0) buffer.Add(tokenizer.UnkTokenId);   // every word has a tag, and so a place
        if (buffer.Length > _room) destination.WordsCut++;
        int count = Math.Min(buffer.Length, _room);
        destination.Pieces.AddRange(buffer.Ids[..count]);
        destination.Counts.Add(count);
    }

    private void Divide(EncodedWords destination)
    {
        ReadOnlySpan<int> pieces = CollectionsMarshal.AsSpan(destination.Pieces);
        int windows = (pieces.Length + _room - 1) / _room, target = (pieces.Length + windows - 1) / windows;
        for (int word = 0, at = 0; word < destination.Counts.Count;)
        {
            (int firstWord, int firstId, int used) = (word, destination.Ids.Count, 0);
            destination.Ids.Add(tokenizer.ClsTokenId);
            while (word < destination.Counts.Count && used < target && used + destination.Counts[word] <= _room)
            {
                int count = destination.Counts[word++];
                destination.FirstPieces.Add(destination.Ids.Count);
                destination.Ids.AddRange(pieces.Slice(at, count));
                (at, used) = (at + count, used + count);
            }
            destination.Ids.Add(tokenizer.SepTokenId);
            destination.Windows.Add(new(firstWord, word - firstWord, firstId, destination.Ids.Count - firstId));
        }
    }
}
