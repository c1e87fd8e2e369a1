using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds ELMo to <c>mlContext.Transforms.Text</c>.</summary>
public static class ElmoCatalog
{
    /// <summary>Pretrains deep contextualized word vectors (Peters et al. 2018) on a text column without labels, and turns each text into a vector.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c>.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="epochs">Passes over the texts, above 0.</param>
    /// <param name="layer">The one layer that vectors come from: 0 = the words' own vectors, without context; -1 = the last. Null: the mean of all.</param>
    /// <example>
    /// <code>
    /// using ElmoTransformer elmo = ml.Transforms.Text.PretrainElmo("Features", "Text", epochs: 5).Fit(unlabelled);
    /// foreach (WordInContext word in elmo.TokenVectors("they play music", layer: -1)) Console.WriteLine(word.Word);
    /// </code>
    /// </example>
    public static PretrainElmoEstimator PretrainElmo(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, double epochs = 3, int? layer = null) =>
        catalog.PretrainElmo(outputColumnName, inputColumnName, new PretrainElmoOptions { Epochs = epochs, Layer = layer });

    /// <summary>Pretrains deep contextualized word vectors (Peters et al. 2018) with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c>.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="options">Network, words, training, features.</param>
    public static PretrainElmoEstimator PretrainElmo(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, PretrainElmoOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, options);

    /// <summary>Opens an ELMo that is trained already, for texts' vectors, the vectors of words in their places, and perplexity.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c>.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="model">A directory that <see cref="ElmoTransformer.SaveCheckpoint"/> wrote, or a fitted ELMo.</param>
    /// <param name="layer">The one layer that vectors come from: 0 = the words' own vectors, without context; -1 = the last. Null: the mean of all.</param>
    public static ElmoEstimator ApplyElmo(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, ElmoSource model, int? layer = null) =>
        catalog.ApplyElmo(model, new ElmoFeatureOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName, Layer = layer });

    /// <summary>Opens an ELMo that is trained already and learns from labelled rows how its layers are mixed for their task (Peters et al. 2018, equation 1).</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">A directory that <see cref="ElmoTransformer.SaveCheckpoint"/> wrote, or a fitted ELMo.</param>
    /// <param name="options">Columns, device, precision. Layer, weights and scale of the mix stay unset; pooling is the mean.</param>
    /// <param name="mix">Label column, and how the mix is learnt.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Conversion.MapValueToKey("Label", "Category")
    ///     .Append(ml.Transforms.Text.ApplyElmo("models/elmo", new() { OutputColumnName = "Features", InputColumnName = "Text" }, new ElmoMixOptions()))
    ///     .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
    /// </code>
    /// </example>
    public static ElmoMixEstimator ApplyElmo(this TransformsCatalog.TextTransforms catalog, ElmoSource model, ElmoFeatureOptions options, ElmoMixOptions mix) =>
        new(CatalogUtils.GetEnvironment(catalog), model, options, mix);

    /// <summary>Opens an ELMo that is trained already, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">A directory that <see cref="ElmoTransformer.SaveCheckpoint"/> wrote, or a fitted ELMo.</param>
    /// <param name="options">Columns, layers, pooling, device, precision.</param>
    public static ElmoEstimator ApplyElmo(this TransformsCatalog.TextTransforms catalog, ElmoSource model, ElmoFeatureOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), model, options);
}
