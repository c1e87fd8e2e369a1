using Microsoft.ML;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Persistence;
using MLNet.Pretrain.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.Pretrain.Text;

/// <summary>Reads the rows by which heads are judged and runs them.</summary>
/// <param name="scoring">Columns and limits of the model.</param>
/// <param name="options">The rows.</param>
internal sealed class HeadJudge(TextScoringOptions scoring, CompressionOptions options)
{
    private const string Owner = "Compress";

    // A step of training keeps all layers' results; scoring one.
    private const int TokensPerBatch = 1024;

    // Read ahead and sorted by length.
    private const int MaxWindowRows = 2048;

    /// <summary>By the loss of labelled rows.</summary>
    /// <param name="model">In float32 on the CPU.</param>
    /// <param name="label">What the label column may hold.</param>
    /// <param name="labels">Reads it.</param>
    /// <param name="columns">Of the model.</param>
    public HeadImportance ByLoss(TextModel<SequenceClassifier> model, ITextLabel label, ILabelReader labels, IPredictionColumns columns)
    {
        SchemaShape schema = SchemaShapes.Of(options.HeadData!.Schema);
        label.Check(Owner, schema.Find(options.LabelColumnName) ?? throw new ArgumentException(ColumnMessages.Missing(Owner, options.LabelColumnName, schema.Select(c => c.Name))));
        (List<double> values, List<int[]> sets) = ([], []);
        return Run(model, model.Network.Encoder, labels, values, sets, (rows, ids, mask, types) =>
        {
            Tensor logits = model.Network.forward(ids, mask, types);
            return labels.Kind switch
            {
                LabelKind.Class => nn.functional.cross_entropy(logits, tensor([.. rows.Select(row => (long)values[row])]), reduction: nn.Reduction.Sum),
                LabelKind.Set => nn.functional.binary_cross_entropy_with_logits(logits, Sets(rows, sets, logits.shape[1]), reduction: nn.Reduction.Sum),
                _ => columns.Reduce(logits).squeeze(1).Minus(tensor([.. rows.Select(row => (float)values[row])])).square().sum(),
            };
        });
    }

    /// <summary>
    /// By the texts' vectors, without labels: the loss is a row's vector times a direction drawn at random for each row, so that the expected absolute gradient is, but for a
    /// constant, how fast the vector moves when the head is turned down.
    /// </summary>
    public HeadImportance ByVectors(TextModel<TextEncoder> model, TextEncodingOptions encoding)
    {
        using var generator = new Generator(1);
        return Run(model, model.Network, null, [], [], (_, ids, mask, types) =>
        {
            Tensor vectors = TextPooler.Pool(model.Network, encoding, TextPooler.Select(model.Network, encoding, ids, mask, types), mask);
            return (vectors * randn(vectors.shape, generator: generator)).sum();
        });
    }

    // A window's labels are in values and sets while it runs.
    private HeadImportance Run<TNetwork>(TextModel<TNetwork> model, TextEncoder encoder, ILabelReader? labels, List<double> values, List<int[]> sets, Loss loss) where TNetwork : nn.Module
    {
        IDataView data = options.HeadData!;
        TextInput input = TextInput.Bind(Owner, data.Schema, scoring.InputColumnName, scoring.PairColumnName);
        List<DataViewSchema.Column> columns = [.. input.Columns.Select(index => data.Schema[index])];
        if (labels is not null) columns.Add(data.Schema[options.LabelColumnName]);
        int windowRows = Math.Min(options.HeadRows, MaxWindowRows);
        var texts = new TextWindow(model.Tokenizer, model.ResolveMaxLength(scoring.MaxLength), scoring.Truncation, TokensPerBatch, windowRows);
        using DataViewRowCursor cursor = data.GetRowCursor(columns);
        TextInput.Reader reader = input.Open(cursor, texts);
        List<int> set = [];
        Func<double> label = labels?.Open(cursor, columns[^1], set) ?? (() => 0);
        var importance = new HeadImportance(encoder);
        model.Network.eval();
        foreach (Parameter parameter in model.Network.parameters()) parameter.requires_grad = false;
        do
        {
            Read();
            texts.ForEachBatch(values.Count, CPU, (slots, ids, mask, types) =>
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                int[] batch = slots.ToArray();
                importance.Add(batch.Length, () => loss(batch, ids, mask, types));
            });
        }
        while (values.Count == windowRows && importance.Rows < options.HeadRows);
        if (importance.Rows == 0) throw new InvalidOperationException($"{Owner}: HeadData has no row{(labels is null ? "" : $" with a label in column '{options.LabelColumnName}'")}; expected rows by which to judge heads.");
        return importance;

        void Read()
        {
            values.Clear();
            sets.Clear();
            int most = (int)Math.Min(windowRows, options.HeadRows - importance.Rows);
            while (values.Count < most && cursor.MoveNext())
            {
                options.CancellationToken.ThrowIfCancellationRequested();
                double value = label();
                if (double.IsNaN(value)) continue;
                reader.Read(values.Count);
                values.Add(value);
                sets.Add([.. set]);
            }
        }
    }

    private static Tensor Sets(int[] rows, List<int[]> sets, long classes)
    {
        float[] marks = new float[rows.Length * classes];
        for (int row = 0; row < rows.Length; row++)
            foreach (int index in sets[rows[row]]) marks[row * classes + index] = 1;
        return tensor(marks, [rows.Length, classes]);
    }

    private delegate Tensor Loss(int[] slots, Tensor inputIds, Tensor? attentionMask, Tensor? tokenTypeIds);
}
