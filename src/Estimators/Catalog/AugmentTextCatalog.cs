using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds <c>AugmentText</c> to <c>mlContext.Data</c>.</summary>
public static class AugmentTextCatalog
{
    internal const string Owner = "AugmentText";

    /// <summary>
    /// Makes new texts out of those of a column, by putting other words in place of some: above all texts for a student to ask its teacher about
    /// (<see cref="MLNet.Pretrain.Distillation.DistillationOptions.TransferData"/>). What is not replaced stays as it is, white space, case and punctuation too.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The rows. Read once here, and again with the result: they must stay the same, in the same order.</param>
    /// <param name="textColumnName">Column of text to replace; of pairs, call this for one column after the other.</param>
    /// <param name="options">Where words come from, how many copies, how much changes.</param>
    /// <returns>The rows with their copies behind them. A copy has another text and all else of its row, its label too, which may no longer be true: a student takes its teacher's word for transfer data instead. The copies are made here and lie in a temporary file until nobody holds the result; all readings give the same.</returns>
    /// <remarks>
    /// TinyBERT's algorithm (Jiao et al. 2020) but for what it leaves open: a word's candidates come from one pass of the language model in which about 15 % of the text's tokens are hidden,
    /// as in its pretraining, rather than from a pass a word; all copies draw from the same candidates. So a text of ten words or less costs a pass a word, a longer one about seven, however many copies there are.
    /// Letters and digits that stand together, with apostrophes between them, are a word; a Chinese character is one. A replaced word's capitals are kept.
    /// </remarks>
    /// <exception cref="ArgumentException">The column is missing or is not text, an option is out of range, nothing proposes words, or the language model has no masked-language-model head.</exception>
    /// <exception cref="InvalidOperationException">There are no rows, or no text changes.</exception>
    /// <exception cref="OperationCanceledException">Cancelled by the MLContext.</exception>
    /// <example>
    /// <code>
    /// IDataView more = ml.Data.AugmentText(texts, "Text", new() { LanguageModel = bert, Vectors = "glove.6B.300d.txt" });
    /// var distillation = new DistillationOptions { TransferData = more };
    /// </code>
    /// </example>
    public static IDataView AugmentText(this DataOperationsCatalog catalog, IDataView data, string textColumnName, TextAugmentationOptions options)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(textColumnName);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate(Owner);
        TextColumnShapes.Check(Owner, SchemaShapes.Of(data.Schema), textColumnName, null);
        IHost host = CatalogUtils.GetEnvironment(catalog).Register(Owner);
        using IChannel channel = host.Start(Owner);
        var copies = new AugmentedTextFile();
        try
        {
            Write(data, data.Schema[textColumnName], new TextAugmenter(options, options.Seed ?? host.Rand.Next()), copies, () => HostCancellation.ThrowIfCancelled(host));
            if (copies.Rows == 0) throw new InvalidOperationException($"{Owner}: there are no rows; expected at least one. Check the data.");
            if (copies.Copies == 0) throw new InvalidOperationException($"{Owner}: none of the {copies.Rows} texts of column '{textColumnName}' changes; expected words that the language model or the vectors know, and a probability that is not too small for so few texts.");
        }
        catch
        {
            copies.Dispose();
            throw;
        }
        channel.Info(MessageSensitivity.None, "{0}", $"{copies.Rows} texts became {copies.Copies} new ones.");
        return new AugmentedView(data, data.Schema[textColumnName], copies, options.KeepOriginals);
    }

    private static void Write(IDataView data, DataViewSchema.Column column, TextAugmenter augmenter, AugmentedTextFile copies, Action check)
    {
        using DataViewRowCursor cursor = data.GetRowCursor([column]);
        ValueGetter<ReadOnlyMemory<char>> getText = cursor.GetGetter<ReadOnlyMemory<char>>(column);
        ValueGetter<DataViewRowId> getId = cursor.GetIdGetter();
        List<string> texts = [];
        List<DataViewRowId> ids = [];
        ReadOnlyMemory<char> text = default;
        DataViewRowId id = default;
        while (cursor.MoveNext())
        {
            getText(ref text);
            getId(ref id);
            texts.Add(text.ToString());   // the source may reuse its memory
            ids.Add(id);
            if (texts.Count == TextAugmenter.BlockRows) End();
        }
        End();

        void End()
        {
            check();
            IReadOnlyList<string>[] made = augmenter.Augment(texts, copies.Rows, check);
            for (int i = 0; i < made.Length; i++) copies.Append(ids[i], made[i]);
            copies.Flush();
            texts.Clear();
            ids.Clear();
        }
    }
}
