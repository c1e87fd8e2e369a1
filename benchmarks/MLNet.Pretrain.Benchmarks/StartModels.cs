using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Networks;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>What a saved pipeline has in it.</summary>
internal enum StartKind
{
    /// <summary>EncodeText.</summary>
    Encoder,

    /// <summary>A classifier of FineTuneText.</summary>
    Classifier,

    /// <summary>GPT's features.</summary>
    Gpt,

    /// <summary>ELMo's features.</summary>
    Elmo,
}

/// <summary>Saved pipelines with random weights over a column Text: what they start with does not depend on what they have learnt.</summary>
internal static class StartModels
{
    private const string Text = "Text", Vector = "Vector";

    private static readonly DataViewSchema s_input = Schema();

    /// <summary>Saves a pipeline.</summary>
    /// <param name="path">Of the zip.</param>
    /// <param name="kind">What is in it.</param>
    /// <param name="vocabulary">BERT's vocab.txt. GPT has a row of embeddings for each of its entries, and ELMo foresees each of them.</param>
    /// <param name="layers">Of the network.</param>
    /// <param name="hidden">Its width.</param>
    /// <param name="stored">How the weights are kept.</param>
    public static void Save(string path, StartKind kind, string vocabulary, int layers, int hidden, WeightStorage stored)
    {
        TorchRuntime.EnsureLoaded();
        var ml = new MLContext(1);
        ITransformer model = Make(ml, kind, vocabulary, layers, hidden, stored);
        using var owned = (IDisposable)model;
        ml.Model.Save(model, s_input, path);
    }

    private static ITransformer Make(MLContext ml, StartKind kind, string vocabulary, int layers, int hidden, WeightStorage stored)
    {
        switch (kind)
        {
            case StartKind.Gpt:
                var decoder = new GptDecoder(new GptConfig { VocabSize = File.ReadLines(vocabulary).Count(), HiddenSize = hidden, LayerCount = layers, HeadCount = hidden / 64 });
                return new GptTransformer(new GptModel(decoder, GptTokenizer.Bytes()), new GptFeatureOptions { InputColumnName = Text, OutputColumnName = Vector, StoredWeights = stored });
            case StartKind.Elmo:
                var table = new WordTable();
                foreach (string word in File.ReadLines(vocabulary)) table.FindOrAdd(word);
                var words = new LanguageModelWords(table);
                var elmo = new Elmo(new ElmoConfig { VocabularySize = words.Count, ProjectionSize = hidden, CellSize = 4 * hidden, LayerCount = layers });
                return new ElmoTransformer(new ElmoModel(elmo, new WordSplitter(new()), words, 128), new ElmoFeatureOptions { InputColumnName = Text, OutputColumnName = Vector });
        }
        var tokenizer = SequenceTokenizer.WordPiece(BertWordPieceTokenizer.Create(vocabulary));
        var shape = new TextEncoderConfig { VocabSize = tokenizer.VocabSize, HiddenSize = hidden, LayerCount = layers, HeadCount = hidden / 64, IntermediateSize = 4 * hidden };
        var encoder = new TextEncoder(shape, 1);
        var config = new CheckpointConfig(shape) { Labels = ["a", "b", "c", "d"] };
        if (kind == StartKind.Encoder) return new TextEncoderTransformer(ml, new(encoder, tokenizer, config), new TextEncodingOptions { InputColumnName = Text, OutputColumnName = Vector, StoredWeights = stored });
        var classifier = new EncoderPredictor(new(new SequenceClassifier(encoder, config.Labels.Count, 0.1), tokenizer, config), EncoderPredictor.FineTuneText);
        return new TextClassificationTransformer(classifier, new TextScoringOptions { InputColumnName = Text, StoredWeights = stored }, new MulticlassColumns(LabelValues.FromNames(config.Labels, null)));
    }

    private static DataViewSchema Schema()
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(Text, TextDataViewType.Instance);
        return builder.ToSchema();
    }
}
