using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Scoring;

namespace MLNet.Pretrain.Text;

/// <summary>What the transformers of text predictors have in common, whatever they predict: the network and how it is run on columns. Owns it.</summary>
internal sealed class TextPrediction : IDisposable
{
    public TextPrediction(ITextPredictor model, TextScoringOptions options, IPredictionColumns columns)
    {
        options.Validate(model.Owner);
        (Model, Options, Columns, MaxLength) = (model, options, columns, model.ResolveMaxLength(options.MaxLength));
        Runner = new TextNetworkRunner(model.Network, options.Device, options.Precision, options.MaxParallelForwards);
    }

    public ITextPredictor Model { get; }

    public TextScoringOptions Options { get; }

    public IPredictionColumns Columns { get; }

    public TextNetworkRunner Runner { get; }

    /// <summary>Tokens a row may have: the options' limit, or the network's where none is set.</summary>
    public int MaxLength { get; }

    public DataViewSchema GetOutputSchema(DataViewSchema input) => new WindowBindings(new TextPredictionMapper(this, input)).Output;

    public IDataView Transform(IDataView input) => new WindowDataView(input, new TextPredictionMapper(this, input.Schema), Options.WindowRows);

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema input) => new WindowRowMapper(new TextPredictionMapper(this, input));

    public TextAttribution Explain(string text, string? pair, AttributionOptions? options)
    {
        ArgumentNullException.ThrowIfNull(text);
        using var attributor = new TextAttributor(this, options ?? new());
        return attributor.Explain(text, pair, options?.Class);
    }

    public void SaveCheckpoint(string directory, WeightType weights) => Runner.WhileIdle(() => Model.Save(directory, weights, Columns.ProblemType));

    public void SaveTo(string directory, IDictionary<string, string> settings)
    {
        StoredWeights.Write(directory, Options, SaveCheckpoint);
        TextSettings.WriteScoring(Options, settings);
        settings["model"] = Model.Kind;
        settings["columns"] = Columns.Name;
    }

    public void Dispose()
    {
        Runner.Dispose();
        Model.Dispose();
    }
}
