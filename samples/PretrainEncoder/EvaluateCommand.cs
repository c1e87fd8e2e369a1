using System.Globalization;
using CompareTextClassifiers;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

namespace PretrainEncoder;

/// <summary>What the command line asked for.</summary>
/// <param name="Encoder">Checkpoint directory.</param>
/// <param name="Budgets">Labelled rows a class; 0 = all rows.</param>
/// <param name="Seeds">Draws of rows and weights.</param>
/// <param name="Validate">Whether to measure on training rows that were not drawn, to choose settings by, instead of the test rows.</param>
/// <param name="Candidates">Names of candidates, or parts of them; none = all.</param>
/// <param name="LearningRate">Of fine-tuning the pretrained encoder.</param>
/// <param name="LayerDecay">Layer-wise decay of that.</param>
/// <param name="MinSteps">Of both fine-tunings.</param>
/// <param name="Epochs">Of both fine-tunings.</param>
public sealed record EvaluateArguments(string Encoder, IReadOnlyList<int> Budgets, int Seeds, bool Validate, IReadOnlyList<string> Candidates, double LearningRate, double LayerDecay, long MinSteps, double Epochs);

/// <summary>Does pretraining pay? Accuracy on the documentation task over label budgets and seeds, with and without it.</summary>
public static class EvaluateCommand
{
    private const int MaxLength = 64, ValidationRows = 6_000;

    public static void Run(EvaluateArguments arguments, CancellationToken cancellation)
    {
        (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = SdkDocumentation.Load(SdkDocumentation.FindFiles());
        foreach (int budget in arguments.Budgets)
        {
            var accuracies = new Dictionary<string, List<double>>();
            for (int seed = 1; seed <= arguments.Seeds; seed++)
            {
                var ml = new MLContext(seed);
                (List<LabelledText> rows, List<LabelledText> others) = Draw(train, budget, seed, arguments.Validate);
                IDataView measured = ml.Data.LoadFromEnumerable(arguments.Validate ? others.Take(ValidationRows) : test);
                foreach ((string name, IEstimator<ITransformer> candidate) in Candidates(ml, arguments, seed, cancellation))
                {
                    if (arguments.Candidates.Count > 0 && !arguments.Candidates.Any(name.Contains)) continue;
                    cancellation.ThrowIfCancellationRequested();
                    ITransformer model = candidate.Fit(ml.Data.LoadFromEnumerable(rows));
                    using var owned = model as IDisposable;
                    double accuracy = Accuracy(model.Transform(measured));
                    if (!accuracies.TryGetValue(name, out List<double>? list)) accuracies[name] = list = [];
                    list.Add(accuracy);
                    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(budget == 0 ? "all" : budget)} seed {seed} {name}: {accuracy:0.0000} on {rows.Count} rows"));
                }
            }
            foreach ((string name, List<double> list) in accuracies)
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {(budget == 0 ? "all" : budget)} | {name} | {list.Average():0.000} | ±{Interval(list):0.000} |"));
        }
    }

    private static IEnumerable<(string Name, IEstimator<ITransformer> Candidate)> Candidates(MLContext ml, EvaluateArguments arguments, int seed, CancellationToken cancellation)
    {
        FineTuneTextOptions Training(double learningRate, double decay) => new()
        {
            Epochs = arguments.Epochs,
            MinSteps = arguments.MinSteps,
            LearningRate = learningRate,
            LayerLearningRateDecay = decay,
            MaxLength = MaxLength,
            Dropout = 0.1,
            Precision = TrainingPrecision.Auto,
            Seed = seed,
            CancellationToken = cancellation,
        };
        var key = ml.Transforms.Conversion.MapValueToKey("Label", "Category");
        var value = ml.Transforms.Conversion.MapKeyToValue("PredictedLabel");
        yield return ("BoW + LR", new TunedBagOfWords(ml));
        yield return ("BERT from scratch", key.Append(ml.MulticlassClassification.Trainers.FineTuneText(CompareTextClassifiers.Candidates.Scratch, Training(1e-3, 1))).Append(value));
        yield return ("pretrained, frozen + LR", key
            .Append(ml.Transforms.Text.EncodeText("Features", "Text", arguments.Encoder, maxLength: MaxLength))
            .AppendCacheCheckpoint(ml)
            .Append(ml.Transforms.NormalizeMeanVariance("Features", fixZero: false))
            .Append(ml.MulticlassClassification.Trainers.SdcaMaximumEntropy(new() { L2Regularization = 1e-4f, L1Regularization = 0, MaximumNumberOfIterations = 30, NumberOfThreads = 1 }))
            .Append(value));
        yield return ("pretrained, fine-tuned", key.Append(ml.MulticlassClassification.Trainers.FineTuneText(arguments.Encoder, Training(arguments.LearningRate, arguments.LayerDecay))).Append(value));
    }

    // At most `budget` rows of each class, and the others in random order.
    private static (List<LabelledText> Drawn, List<LabelledText> Others) Draw(IReadOnlyList<LabelledText> rows, int budget, int seed, bool keepOthers)
    {
        LabelledText[] shuffled = [.. rows];
        new Random(seed).Shuffle(shuffled);
        if (budget == 0) return keepOthers ? ([.. shuffled.Skip(ValidationRows)], [.. shuffled.Take(ValidationRows)]) : ([.. shuffled], []);
        var taken = new Dictionary<string, int>();
        (List<LabelledText> drawn, List<LabelledText> others) = ([], []);
        foreach (LabelledText row in shuffled)
        {
            int count = taken.GetValueOrDefault(row.Category);
            (count < budget ? drawn : others).Add(row);
            taken[row.Category] = count + 1;
        }
        return (drawn, others);
    }

    private static double Accuracy(IDataView scored) =>
        scored.GetColumn<string>("Category").Zip(scored.GetColumn<string>("PredictedLabel"), (truth, predicted) => truth == predicted ? 1.0 : 0.0).Average();

    // Half the 95 % interval of the mean by Student's t.
    private static double Interval(List<double> values)
    {
        double[] t = [double.NaN, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262];
        if (values.Count < 2) return double.NaN;
        double mean = values.Average(), variance = values.Sum(v => (v - mean) * (v - mean)) / (values.Count - 1);
        return t[Math.Min(values.Count - 1, t.Length - 1)] * Math.Sqrt(variance / values.Count);
    }
}
