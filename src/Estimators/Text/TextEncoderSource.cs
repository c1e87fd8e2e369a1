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
        return new($"{Description} with {Path.GetFileName(path)}", request =>
        {
            TextModel<TextEncoder> model = _open(request);
            try
            {
                LoraFile.MergeInto(model.Network, path);
                return model;
            }
            catch
            {
                model.Dispose();
                throw;
            }
        });
    }

    /// <summary>See <see cref="FromDirectory"/>.</summary>
    public static implicit operator TextEncoderSource(string directory) => FromDirectory(directory);

    /// <summary>See <see cref="FromTransformer"/>.</summary>
    public static implicit operator TextEncoderSource(TextEncoderTransformer encoder) => FromTransformer(encoder);

    /// <summary>See <see cref="FromScratch"/>.</summary>
    public static implicit operator TextEncoderSource(ScratchEncoder scratch) => FromScratch(scratch);

    internal TextModel<TextEncoder> Open(IDataView data, string textColumn, string? pairColumn, int seed, Action check) =>
        Open(data, pairColumn is null ? [textColumn] : [textColumn, pairColumn], seed, check);

    /// <summary>Opens the encoder; from scratch, with a vocabulary of the texts of some columns.</summary>
    internal TextModel<TextEncoder> Open(IDataView data, IReadOnlyCollection<string> textColumns, int seed, Action check) =>
        _open(new OpenRequest(data, textColumns, seed, check));

    private sealed record OpenRequest(IDataView Data, IReadOnlyCollection<string> TextColumnNames, int Seed, Action Check)
    {
        public IEnumerable<ReadOnlyMemory<char>> Texts() =>
            TextColumn.Read(Data, [.. Data.Schema.Where(c => TextColumnNames.Contains(c.Name)).Where(c => !c.IsHidden)], Check);
    }
}
