using System.Diagnostics;
using CompareTextClassifiers;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Tokenization;
using MLNet.Pretrain.Training;

namespace MLNet.Pretrain.Benchmarks;

/// <summary>Features without labels on the sample's documentation task: ELMo's and a BERT's beside word2vec's of the same size, with the same logistic regression; and the senses of its words.</summary>
internal static class DocumentationBenchmark
{
    public static void Run(string encoderDirectory, double epochs, int cells, int projection, int batchSize, double learningRate, TrainingPrecision precision, int threads, int seeds)
    {
        var ml = new MLContext(1);
        IReadOnlyList<string> files = SdkDocumentation.FindFiles();
        (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = SdkDocumentation.Load(files);
        IDataView unlabelled = ml.Data.LoadFromEnumerable(SdkDocumentation.UnlabelledTexts(files).Distinct().Select(text => new LabelledText { Text = text }));

        long start = Stopwatch.GetTimestamp();
        TrainingProgress? last = null;
        using ElmoTransformer elmo = ml.Transforms.Text.PretrainElmo("Features", "Text", new PretrainElmoOptions
        {
            CellSize = cells,
            ProjectionSize = projection,
            Epochs = epochs,
            BatchSize = batchSize,
            LearningRate = learningRate,
            Dropout = 0,
            MinCount = 3,
            Precision = precision,
            Seed = 1,
            Threads = threads,
            Progress = new Reporter(p =>
            {
                if (p.Step % 100 == 0) Console.WriteLine(FormattableString.Invariant($"  step {p.Step} of {p.TotalSteps}: loss {p.Loss:F3}, {p.TokensPerSecond:N0} words/s, {p.Elapsed.TotalSeconds:F0} s"));
                last = p;
            }),
        }).Fit(unlabelled);
        Console.WriteLine(FormattableString.Invariant($"ELMo 2 x {cells}, projection {projection}: {last!.TotalSteps} steps, {last.Epoch:F1} epochs, last loss {last.Loss:F3}, {Stopwatch.GetElapsedTime(start).TotalSeconds:F0} s"));
        WordVectorTransformer word2Vec = ml.Transforms.Text.Word2Vec("Features", "Text", new() { VectorSize = elmo.VectorSize, Seed = 1 }).Fit(unlabelled);
        var columns = new TextEncodingOptions { InputColumnName = "Text", OutputColumnName = "Features", TokensColumnName = "Tokens", MaxLength = 64 };
        using TextEncoderTransformer bert = ml.Transforms.Text.EncodeText(encoderDirectory, columns).Fit(unlabelled);

        using ElmoTransformer words = elmo.WithFeatures(elmo.Options with { Layer = 0 }), first = elmo.WithFeatures(elmo.Options with { Layer = 1 }), second = elmo.WithFeatures(elmo.Options with { Layer = 2 });
        Features(ml, train, test, seeds, ("word2vec, mean", word2Vec), ("ELMo, all layers", elmo), ("ELMo, layer 0", words), ("ELMo, layer 1", first), ("ELMo, layer 2", second), ("BERT, mean", bert));

        WordSenses.Print("word2vec", WordSenses.Technical, (_, word) => word2Vec.Vectors[word]);
        for (int layer = 1; layer <= 2; layer++) WordSenses.Print($"ELMo, layer {layer}", WordSenses.Technical, (sentence, word) => elmo.TokenVectors(sentence, layer).First(w => w.Word == word).Vector.ToArray());
        WordSenses.Print("BERT, last layer", WordSenses.Technical, (sentence, word) => BertVector(ml, bert, sentence, word));
    }

    // Each transformer's texts are encoded once; every seed draws other rows of them.
    private static void Features(MLContext ml, IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test, int seeds, params (string Name, ITransformer Transformer)[] features)
    {
        foreach ((string name, ITransformer transformer) in features)
        {
            Row[] Encode(IReadOnlyList<LabelledText> rows) => [.. transformer.Transform(ml.Data.LoadFromEnumerable(rows)).GetColumn<float[]>("Features").Zip(rows, (vector, row) => new Row { Features = vector, Category = row.Category })];
            (Row[] known, Row[] asked) = (Encode(train), Encode(test));
            foreach (int budget in (int[])[50, 200, 0])
            {
                double[] accuracies = [.. Enumerable.Range(1, budget == 0 ? 1 : seeds).Select(seed => Accuracy(ml, Draw(known, budget, seed), asked))];
                double mean = accuracies.Average(), deviation = Math.Sqrt(accuracies.Sum(a => (a - mean) * (a - mean)) / Math.Max(1, accuracies.Length - 1));
                Console.WriteLine(FormattableString.Invariant($"{name,-18} + LR, {(budget == 0 ? "all" : budget)} a class: {mean:F3} ±{deviation:F3} over {accuracies.Length}"));
            }
        }
    }

    private static Row[] Draw(Row[] rows, int budget, int seed)
    {
        Row[] shuffled = [.. rows];
        new Random(seed).Shuffle(shuffled);
        return budget == 0 ? shuffled : [.. shuffled.GroupBy(r => r.Category).SelectMany(g => g.Take(budget))];
    }

    private static double Accuracy(MLContext ml, Row[] train, Row[] test)
    {
        SchemaDefinition schema = SchemaDefinition.Create(typeof(Row));
        schema[nameof(Row.Features)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, train[0].Features.Length);
        ITransformer model = ml.Transforms.Conversion.MapValueToKey("Label", nameof(Row.Category)).Append(ml.Transforms.NormalizeMeanVariance("Features", fixZero: false)).AppendCacheCheckpoint(ml)
            .Append(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new() { L2Regularization = 1e-4f, L1Regularization = 0, MaximumNumberOfIterations = 30, NumberOfThreads = 1 }))
            .Append(ml.Transforms.Conversion.MapKeyToValue("PredictedLabel")).Fit(ml.Data.LoadFromEnumerable(train, schema));
        return model.Transform(ml.Data.LoadFromEnumerable(test, schema)).GetColumn<string>("PredictedLabel").Zip(test, (predicted, row) => predicted == row.Category ? 1.0 : 0.0).Average();
    }

    // The state of the word's own token: each of the words is one piece.
    private static float[] BertVector(MLContext ml, TextEncoderTransformer bert, string sentence, string word)
    {
        EncodedText alone = new(), all = new();
        bert.Model.Tokenizer.Encode(word, 64, TruncationStrategy.LongestFirst, alone);
        bert.Model.Tokenizer.Encode(sentence, 64, TruncationStrategy.LongestFirst, all);
        int at = alone.Length == 3 ? all.Ids.IndexOf(alone.Ids[1]) : throw new InvalidOperationException($"'{word}' is {alone.Length - 2} pieces.");
        float[] tokens = bert.Transform(ml.Data.LoadFromEnumerable([new LabelledText { Text = sentence }])).GetColumn<float[]>("Tokens").Single();
        return tokens.AsSpan(at * bert.HiddenSize, bert.HiddenSize).ToArray();
    }

    private sealed class Row
    {
        public float[] Features { get; set; } = [];

        public string Category { get; set; } = "";
    }

    private sealed class Reporter(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }
}
