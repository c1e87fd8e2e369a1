using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds GPT language models to <c>mlContext.Transforms.Text</c>.</summary>
public static class GptCatalog
{
    /// <summary>Pretrains a GPT on a text column; the fitted one gives texts' vectors, continues texts, and says how well it foresees them.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the network's hidden size, the mean over a text's tokens.</param>
    /// <param name="inputColumnName">Text column; each row is a document.</param>
    /// <param name="options">Model, blocks, training; default null: 4 x 256 over bytes, from scratch, one epoch.</param>
    /// <example>
    /// <code>
    /// using GptTransformer gpt = ml.Transforms.Text.PretrainGpt("Features", "Text", new() { Model = "models/gpt2", LearningRate = 5e-5 }).Fit(texts);
    /// Console.WriteLine(gpt.Generate("Once upon a time", new() { Temperature = 0.8, TopP = 0.95 }));
    /// </code>
    /// </example>
    public static PretrainGptEstimator PretrainGpt(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, PretrainGptOptions? options = null) =>
        catalog.PretrainGpt(new GptFeatureOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName }, options ?? new PretrainGptOptions());

    /// <summary>Pretrains a GPT on a text column, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="columns">Columns, pooling, layer, limits, device and precision of the fitted transformer. It learns from the input column; a pair column is for vectors.</param>
    /// <param name="options">Model, blocks, training.</param>
    public static PretrainGptEstimator PretrainGpt(this TransformsCatalog.TextTransforms catalog, GptFeatureOptions columns, PretrainGptOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), columns, options);

    /// <summary>Opens a GPT that is trained already, for texts' vectors, generation and perplexity.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c> of the network's hidden size.</param>
    /// <param name="inputColumnName">Text column to read.</param>
    /// <param name="model">A checkpoint directory or a fitted GPT.</param>
    /// <param name="pooling">How token states become the text's vector.</param>
    public static GptEstimator ApplyGpt(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, GptSource model, GptPooling pooling = GptPooling.Mean) =>
        catalog.ApplyGpt(model, new GptFeatureOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName, Pooling = pooling });

    /// <summary>Opens a GPT that is trained already, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">A checkpoint directory or a fitted GPT.</param>
    /// <param name="options">Columns, pooling, layer, limits, device, precision.</param>
    public static GptEstimator ApplyGpt(this TransformsCatalog.TextTransforms catalog, GptSource model, GptFeatureOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), model, options);
}
