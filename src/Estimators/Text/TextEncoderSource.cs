using Microsoft.ML;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks.Text;

namespace MLNet.Pretrain.Text;

/// <summary>
/// Where an encoder comes from: a checkpoint directory, a fitted encoder, or from scratch. Strings and fitted encoders convert by themselves:
/// <c>encoder: "models/minilm"</c>.
/// </summary>
public sealed class TextEncoderSource
{
    private readonly Func<OpenRequest, TextModel<TextEncoder>> _open;

    private TextEncoderSource(string description, Func<OpenRequest, TextModel<TextEncoder>> open) => (Description, _open) = (description, open);

    /// <summary>One phrase for reports and logs.</summary>
    public string Description { get; }

    /// <summary>A directory as Hugging Face's libraries write it: <c>config.json</c>, weights, vocabulary. Read when <c>Fit</c> runs.</summary>
    /// <param name="directory">Path of the directory.</param>
    public static TextEncoderSource FromDirectory(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        return new($"checkpoint {Path.GetFileName(Path.TrimEndingDirectorySeparator(directory))}", _ => TextModel.LoadEncoder(directory));
    }

    /// <summary>A fitted encoder. Its weights are copied when <c>Fit</c> runs: training never changes it, and each transformer owns its own.</summary>
    /// <param name="encoder">Must not be disposed before <c>Fit</c>.</param>
    public static TextEncoderSource FromTransformer(TextEncoderTransformer encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new("fitted encoder", _ => encoder.CopyModel());
    }

    /// <summary>An encoder with random weights, and with the vocabulary it is given or a WordPiece vocabulary made from the texts that <c>Fit</c> sees.</summary>
    /// <param name="scratch">Its shape.</param>
    public static TextEncoderSource FromScratch(ScratchEncoder scratch)
    {
        ArgumentNullException.ThrowIfNull(scratch);
        scratch.Validate();
        return new($"from scratch, {scratch.LayerCount} x {scratch.HiddenSize}", request => scratch.Build(request.Texts(), request.Seed));
    }

    /// <summary>This encoder with trained adapters added to its weights.</summary>
    /// <param name="path">A file that a fine-tuning wrote (<see cref="EncoderTextOptions.LoraFile"/>), of this encoder. Read when <c>Fit</c> runs.</param>
    public TextEncoderSource WithAdapters(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Then($"with {Path.GetFileName(path)}", model =>
        {
            LoraFile.MergeInto(model.Network, path);
            return model;
        });
    }

    /// <summary>Some layers of this encoder, with its embeddings and its pooler: what a student of it begins with (Sanh et al. 2019). Faster and smaller in proportion, and worth training on.</summary>
    /// <param name="layerCount">Layers of the student, 1 to those of this encoder.</param>
    /// <param name="layers">Which; null = <see cref="LayerMap.Spread"/>, from the first to the last.</param>
    public TextEncoderSource WithLayers(int layerCount, LayerMap? layers = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(layerCount, 1);
        return Then($"of {layerCount} layers", model =>
        {
            IReadOnlyList<int> kept = (layers ?? LayerMap.Spread).Resolve(layerCount, model.Config.Encoder.LayerCount);
            TextEncoder network = StudentEncoder.Of(model.Network, kept);
            var student = new TextModel<TextEncoder>(network, model.Tokenizer, model.Config with { Encoder = network.Config }) { Heads = model.Heads?.Copy(network.Config) };
            model.Dispose();
            return student;
        });
    }

    private static TextEncoderSource FromPredictor(ITextPredictor model, TextNetworkRunner runner) => model is EncoderPredictor predictor
        ? new("fitted encoder", _ =>
        {
            TextModel<TextEncoder>? copy = null;
            runner.WhileIdle(() => copy = predictor.CopyEncoder());
            return copy!;
        })
        : throw new ArgumentException($"A {model.Owner} has no encoder; expected a transformer that was fitted by FineTuneText.");

    /// <summary>See <see cref="FromDirectory"/>.</summary>
    public static implicit operator TextEncoderSource(string directory) => FromDirectory(directory);

    /// <summary>See <see cref="FromTransformer"/>.</summary>
    public static implicit operator TextEncoderSource(TextEncoderTransformer encoder) => FromTransformer(encoder);

    /// <summary>The encoder of a fitted classifier, without its head: copied when <c>Fit</c> runs, before which it must not be disposed.</summary>
    /// <exception cref="ArgumentException">It has none: it is a TextCnn or a TextLstm.</exception>
    public static implicit operator TextEncoderSource(TextClassificationTransformer classifier) => FromPredictor(classifier.Model, classifier.Runner);

    /// <summary>The encoder of a fitted regression, without its head: copied when <c>Fit</c> runs, before which it must not be disposed.</summary>
    public static implicit operator TextEncoderSource(TextRegressionTransformer regression) => FromPredictor(regression.Model, regression.Runner);

    /// <summary>The encoder of a fitted classifier of label sets, without its head: copied when <c>Fit</c> runs, before which it must not be disposed.</summary>
    public static implicit operator TextEncoderSource(MultiLabelTransformer classifier) => FromPredictor(classifier.Model, classifier.Runner);

    /// <summary>See <see cref="FromScratch"/>.</summary>
    public static implicit operator TextEncoderSource(ScratchEncoder scratch) => FromScratch(scratch);

    internal TextModel<TextEncoder> Open(IDataView data, string textColumn, string? pairColumn, int seed, Action check) =>
        Open(data, pairColumn is null ? [textColumn] : [textColumn, pairColumn], seed, check);

    /// <summary>Opens the encoder; from scratch, with a vocabulary of the texts of some columns.</summary>
    internal TextModel<TextEncoder> Open(IDataView data, IReadOnlyCollection<string> textColumns, int seed, Action check) => Open([data], textColumns, seed, check);

    /// <summary>Opens the encoder; from scratch, with a vocabulary of the texts of some columns of several views.</summary>
    internal TextModel<TextEncoder> Open(IReadOnlyList<IDataView> data, IReadOnlyCollection<string> textColumns, int seed, Action check) =>
        _open(new OpenRequest(data, textColumns, seed, check));

    // The same, changed once it is open.
    private TextEncoderSource Then(string description, Func<TextModel<TextEncoder>, TextModel<TextEncoder>> change) => new($"{Description} {description}", request =>
    {
        TextModel<TextEncoder> model = _open(request);
        try
        {
            return change(model);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    });

    private sealed record OpenRequest(IReadOnlyList<IDataView> Data, IReadOnlyCollection<string> TextColumnNames, int Seed, Action Check)
    {
        public IEnumerable<ReadOnlyMemory<char>> Texts() =>
            Data.SelectMany(view => TextColumn.Read(view, [.. view.Schema.Where(c => TextColumnNames.Contains(c.Name)).Where(c => !c.IsHidden)], Check));
    }
}
