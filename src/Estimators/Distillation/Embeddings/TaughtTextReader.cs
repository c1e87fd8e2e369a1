using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Distillation;

/// <summary>Reads texts, their translations and the teacher's vectors once, and stores them on disk: a block of rows is tokenized on all cores at a time.</summary>
/// <param name="owner">For messages.</param>
/// <param name="options">Columns and truncation.</param>
/// <param name="textColumnName">What the teacher is asked about.</param>
/// <param name="teacher">Gives vectors.</param>
/// <param name="student">Makes ids, and says how wide vectors are to be.</param>
/// <param name="maxLength">Ids that a text may have.</param>
/// <param name="check">Throws where reading is to end.</param>
internal sealed class TaughtTextReader(string owner, DistillEmbeddingsOptions options, string textColumnName, DistillationTeacher teacher, TextModel<Networks.Text.TextEncoder> student, int maxLength, Action check)
{
    private const int BlockRows = 1024, Specials = EmbeddingBatches.Specials;

    private readonly SequenceTokenizer _tokenizer = student.Tokenizer;

    /// <summary>Rows left out because their text holds no token.</summary>
    public long RowsWithoutText { get; private set; }

    /// <summary>Texts that were cut to the limit.</summary>
    public long TextsTruncated { get; private set; }

    /// <summary>Rows with a translation.</summary>
    public long Translations { get; private set; }

    public TaughtTexts Read(IDataView data)
    {
        (TeacherRows answers, int width) = TeacherVectors.Open(owner, teacher, data, student.Config.Encoder.HiddenSize);
        using TeacherRows owned = answers;
        using var writer = new TokenStoreWriter(new TokenStoreFormat(_tokenizer.VocabSize, _tokenizer.PadTokenId, HasTokenTypes: false, LabelKind.Class));
        using var vectors = new TeacherAnswers.Writer(width, AnswerKind.Vectors);
        string[] names = options.TranslationColumnName is { } translation ? [textColumnName, translation] : [textColumnName];
        using DataViewRowCursor cursor = data.GetRowCursor(names.Distinct().Select(name => data.Schema[name]));
        ValueGetter<ReadOnlyMemory<char>>[] texts = [.. names.Select(name => cursor.GetGetter<ReadOnlyMemory<char>>(data.Schema[name]))];
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        ValueGetter<VBuffer<float>> getVector = answers.Getter<VBuffer<float>>();
        Row[] block = [.. Enumerable.Range(0, BlockRows).Select(_ => new Row(names.Length, width))];
        int count = 0;
        ReadOnlyMemory<char> text = default;
        DataViewRowId id = default;
        VBuffer<float> vector = default;
        while (cursor.MoveNext())
        {
            getId(ref id);
            answers.MoveTo(id);
            Row row = block[count];
            for (int i = 0; i < names.Length; i++)
            {
                texts[i](ref text);
                row.Texts[i] = text.ToString();   // the source may reuse its memory
            }
            getVector(ref vector);
            vector.CopyTo(row.Vector);
            row.Number = answers.Row;
            if (++count < BlockRows) continue;
            Write(block.AsSpan(0, count), answers, writer, vectors);
            count = 0;
        }
        answers.MoveTo(null);
        Write(block.AsSpan(0, count), answers, writer, vectors);
        TokenStore rows = writer.Complete();
        try
        {
            return new(rows, vectors.Complete());
        }
        catch
        {
            rows.Dispose();
            throw;
        }
    }

    private void Write(ReadOnlySpan<Row> block, TeacherRows answers, TokenStoreWriter writer, TeacherAnswers.Writer vectors)
    {
        check();
        Row[] rows = block.ToArray();
        Parallel.ForEach(rows, row => row.Encode(_tokenizer, maxLength, options.Truncation));
        List<int> ids = [];
        foreach (Row row in rows)
        {
            if (row.Encoded[0].Length <= Specials)
            {
                RowsWithoutText++;
                continue;
            }
            answers.CheckFinite(row.Vector, row.Number);
            ids.Clear();
            foreach (EncodedText encoded in row.Encoded.Where(e => e.Length > Specials))
            {
                if (encoded.Truncated) TextsTruncated++;
                ids.AddRange(encoded.Ids);
            }
            int first = row.Encoded[0].Length, translationStart = ids.Count > first ? first : 0;
            if (translationStart > 0) Translations++;
            writer.Append(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(ids), first, translationStart);
            vectors.Append(row.Vector);
        }
    }

    private sealed class Row(int texts, int width)
    {
        public long Number;

        public string[] Texts { get; } = new string[texts];

        public float[] Vector { get; } = new float[width];

        public EncodedText[] Encoded { get; } = [.. Enumerable.Range(0, texts).Select(_ => new EncodedText())];

        public void Encode(SequenceTokenizer tokenizer, int maxLength, TruncationStrategy truncation)
        {
            for (int i = 0; i < Texts.Length; i++) tokenizer.Encode(Texts[i], maxLength, truncation, Encoded[i]);
        }
    }
}
