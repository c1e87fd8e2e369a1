using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Joins texts to one stream of tokens, the separator before, between and after them, and cuts it into rows of a token store. A row begins with the last
/// token of the one before, so that each token is predicted exactly once. Texts are tokenized a block of them on all cores at a time; memory does not grow.
/// </summary>
/// <param name="tokenizer">Makes the ids.</param>
/// <param name="blockSize">Predicted tokens of a row; the last row may have fewer.</param>
/// <param name="check">Called now and then; throws to cancel.</param>
internal sealed class GptBlocks(GptTokenizer tokenizer, int blockSize, Action check)
{
    private const int TextsAtOnce = 2048;
    private const long CharactersAtOnce = 1 << 24;

    /// <summary>Texts with at least one token.</summary>
    public long Texts { get; private set; }

    public TokenStore Write(IDataView data, DataViewSchema.Column column)
    {
        using var writer = new TokenStoreWriter(new TokenStoreFormat(tokenizer.VocabSize, tokenizer.EndOfTextId, false, LabelKind.Class));
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<ReadOnlyMemory<char>> getText = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        List<int> row = [tokenizer.EndOfTextId];
        List<string> texts = [];
        long characters = 0;
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            getText(ref text);
            if (text.IsEmpty) continue;
            texts.Add(text.ToString());   // the source may reuse its memory
            characters += text.Length;
            if (texts.Count == TextsAtOnce || characters >= CharactersAtOnce) Flush();
        }
        Flush();
        if (row.Count > 1) Append();
        return writer.Complete();

        void Flush()
        {
            check();
            var encoded = new EncodedText[texts.Count];
            Parallel.For(0, encoded.Length, i => tokenizer.AppendTo(texts[i], int.MaxValue, encoded[i] = new EncodedText()));
            foreach (EncodedText ids in encoded)
            {
                Texts++;
                foreach (int id in ids.Ids) Add(id);
                Add(tokenizer.EndOfTextId);
            }
            texts.Clear();
            characters = 0;
        }

        void Add(int id)
        {
            row.Add(id);
            if (row.Count <= blockSize) return;
            Append();
            row.RemoveRange(0, blockSize);
        }

        void Append() => writer.Append(CollectionsMarshal.AsSpan(row), row.Count, 0);
    }
}
