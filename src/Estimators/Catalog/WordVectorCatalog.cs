using Microsoft.ML.Data;
using MLNet.Pretrain.Text;

namespace Microsoft.ML;

/// <summary>Adds word vectors to <c>mlContext.Transforms.Text</c>.</summary>
public static class WordVectorCatalog
{
    /// <summary>Trains word vectors on a text column and turns each text into a vector.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c>.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="options">Training, words, pooling; default null: skip-gram with 5 negatives, 100 dimensions, mean pooling.</param>
    /// <example>
    /// <code>
    /// var pipeline = ml.Transforms.Text.Word2Vec("Features", "Text", new() { VectorSize = 100, Epochs = 5 })
    ///     .Append(ml.MulticlassClassification.Trainers.LbfgsMaximumEntropy());
    /// </code>
    /// </example>
    public static Word2VecEstimator Word2Vec(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, Word2VecOptions? options = null) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, options ?? new Word2VecOptions());

    /// <summary>Turns each text into a vector by word vectors that exist already: <see cref="WordVectors.Load"/> reads those of other libraries.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c>.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="vectors">The vectors; they become part of the saved model.</param>
    /// <param name="pooling">How the words' vectors become the text's.</param>
    public static WordVectorEstimator ApplyWordVectors(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName,
        WordVectors vectors,
        WordVectorPooling pooling = WordVectorPooling.Mean) =>
        catalog.ApplyWordVectors(vectors, new WordVectorOptions { OutputColumnName = outputColumnName, InputColumnName = inputColumnName, Pooling = pooling });

    /// <summary>Turns each text into a vector by word vectors that exist already, with every knob.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="vectors">The vectors; they become part of the saved model.</param>
    /// <param name="options">Columns, words, pooling.</param>
    public static WordVectorEstimator ApplyWordVectors(this TransformsCatalog.TextTransforms catalog, WordVectors vectors, WordVectorOptions options) =>
        new(CatalogUtils.GetEnvironment(catalog), vectors, options);

    /// <summary>Trains a neural language model on a text column and turns each text into a vector by its words' vectors.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: <c>Vector&lt;Single&gt;</c>.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="options">Network, words, training, pooling; default null: four words of context, 100 dimensions, 200 hidden units.</param>
    public static NeuralLanguageModelEstimator NeuralLanguageModel(this TransformsCatalog.TextTransforms catalog, string outputColumnName, string inputColumnName, NeuralLanguageModelOptions? options = null) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, options ?? new NeuralLanguageModelOptions());

    /// <summary>Learns which neighbouring words are phrases and turns each text into its words, phrases joined: <c>new_york</c>.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="outputColumnName">Column to add: a vector of text, to which <c>ProduceNgrams</c> (after <c>MapValueToKey</c>), <c>Word2Vec</c> and others apply.</param>
    /// <param name="inputColumnName">Text column, or a vector of text with ready-made tokens.</param>
    /// <param name="options">What makes a phrase; default null: as word2phrase.</param>
    /// <param name="splitting">How texts become words; default null: letters and digits in lower case.</param>
    public static PhraseEstimator DetectPhrases(
        this TransformsCatalog.TextTransforms catalog,
        string outputColumnName,
        string inputColumnName,
        PhraseOptions? options = null,
        WordSplitting? splitting = null) =>
        new(CatalogUtils.GetEnvironment(catalog), outputColumnName, inputColumnName, options ?? new PhraseOptions(), splitting ?? new WordSplitting());
}
