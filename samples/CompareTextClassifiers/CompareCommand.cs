using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.Pretrain.Comparison;
using MLNet.Pretrain.Text;
using Spectre.Console;

namespace CompareTextClassifiers;

/// <summary>What the command line asked for.</summary>
/// <param name="Train">Training file; null for the documentation of the .NET SDK.</param>
/// <param name="Test">Test file.</param>
/// <param name="Text">Text column.</param>
/// <param name="Label">Label column.</param>
/// <param name="Unlabelled">Texts for word vectors, one a line; null for the training texts, or all of the SDK's documentation.</param>
/// <param name="Encoder">Checkpoint directory; null for our own small encoder, or for other data one from scratch.</param>
/// <param name="LabelBudgets">Rows a class for the learning curve.</param>
/// <param name="MaxLength">The most tokens of a text.</param>
/// <param name="Epochs">Passes over the data; null for the sample's choice.</param>
/// <param name="LearningRate">Peak learning rate; null for the sample's choice.</param>
/// <param name="Output">Folder for report and model.</param>
public sealed record CompareArguments(string? Train, string? Test, string Text, string Label, string? Unlabelled, string? Encoder, IReadOnlyList<int> LabelBudgets, int MaxLength, double? Epochs, double? LearningRate, string Output);

/// <summary>Compares, reports, saves the best pipeline, and scores with it in a second process.</summary>
public static class CompareCommand
{
    public static void Run(CompareArguments arguments, CancellationToken cancellation)
    {
        var ml = new MLContext(seed: 1);
        if (arguments.Train is null)
        {
            IReadOnlyList<string> files = SdkDocumentation.FindFiles();
            (IReadOnlyList<LabelledText> train, IReadOnlyList<LabelledText> test) = SdkDocumentation.Load(files);
            Unlabelled documentation = new(ml.Data.LoadFromEnumerable(SdkDocumentation.UnlabelledTexts(files).Select(text => new LabelledText { Text = text })), "all documentation but that of the test rows' types");
            Compare(ml, ml.Data.LoadFromEnumerable(train), ml.Data.LoadFromEnumerable(test), Unlabelled.From(ml, arguments) ?? documentation, "Which part of .NET is this about?",
                "Data: summaries from the XML documentation of the .NET SDK's reference packs; identifiers are split into words for every candidate; no declaring type stands on both sides.", arguments, cancellation);
            return;
        }
        if (arguments.Test is null) throw new ArgumentException("--train is given without --test; expected a file of test rows, too.");
        using LabelledTable trainFile = LabelledTable.Open(ml, arguments.Train, arguments.Text, arguments.Label);
        using LabelledTable testFile = LabelledTable.Open(ml, arguments.Test, arguments.Text, arguments.Label);
        string name = Path.GetFileName(arguments.Train);
        Compare(ml, trainFile.Rows, testFile.Rows, Unlabelled.From(ml, arguments) ?? new Unlabelled(trainFile.Rows, "the training texts"), $"Text classifiers on {name}", $"Data: {name} and {Path.GetFileName(arguments.Test)}.", arguments, cancellation);
    }

    private static void Compare(MLContext ml, IDataView train, IDataView test, Unlabelled unlabelled, string title, string source, CompareArguments arguments, CancellationToken cancellation)
    {
        var display = new ComparisonDisplay();
        // Ours knows the documentation's language and hardly any other.
        string? checkpoint = arguments.Encoder ?? (arguments.Train is null ? Candidates.DocumentationEncoder : null);
        bool pretrained = checkpoint is not null;
        TextEncoderSource encoder = pretrained ? TextEncoderSource.FromDirectory(checkpoint!) : TextEncoderSource.FromScratch(Candidates.Scratch);
        FineTuneTextOptions training = Candidates.Training(pretrained, small: arguments.Encoder is null, arguments.MaxLength, display);
        // Who names the epochs means them, however few the rows are.
        if (arguments.Epochs is { } epochs) (training.Epochs, training.MinSteps) = (epochs, 0);
        training.LearningRate = arguments.LearningRate ?? training.LearningRate;
        training.CancellationToken = cancellation;
        long start = Stopwatch.GetTimestamp();
        WordVectors vectors = ml.Transforms.Text.Word2Vec("Features", "Text", new() { VectorSize = 200, Seed = 1, CancellationToken = cancellation }).Fit(unlabelled.Texts).Vectors;
        var options = new ComparisonOptions
        {
            Title = title,
            LabelColumnName = "Category",
            LabelBudgets = arguments.LabelBudgets,
            Notes =
            [
                source,
                $"Encoder: {encoder.Description}.{(pretrained ? "" : " It starts with random weights and learns from the training rows alone, so the frozen one is a control: what random features give.")}",
                $"Word vectors: {vectors.Count} words, trained in {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s without labels on {unlabelled.Description}; they are the same at every label budget.",
                "The baseline is words and pairs of words, TF-IDF, logistic regression, n-gram length and regularization chosen on a fifth of its own training rows.",
            ],
            Progress = display,
            CancellationToken = cancellation,
        };

        using ComparisonReport report = display.Run(() =>
            ml.MulticlassClassification.Compare(train, test, Candidates.Make(ml, encoder, training, vectors, new TunedBagOfWords(ml)), options));
        Console.WriteLine();
        Console.WriteLine(report);

        Directory.CreateDirectory(arguments.Output);
        string page = Path.Combine(arguments.Output, "report.html"), model = Path.Combine(arguments.Output, "model.zip");
        report.SaveHtml(page);
        report.SaveJson(Path.Combine(arguments.Output, "report.json"));
        ml.Model.Save(report[Candidates.FineTuned].Model, train.Schema, model);
        AnsiConsole.MarkupLineInterpolated($"Report: [link]{page}[/]");
        AnsiConsole.MarkupLineInterpolated($"'{Candidates.FineTuned}' saved as {model}; a second process loads it and scores:");
        ShowSecondProcess(ml, report[Candidates.FineTuned].Model, model, test);
    }

    private static void ShowSecondProcess(MLContext ml, ITransformer model, string path, IDataView test)
    {
        IDataView few = ml.Data.TakeRows(test, 5);
        string[] texts = [.. few.GetColumn<string>("Text").Select(text => text.ReplaceLineEndings(" "))];
        IReadOnlyList<string> there = SavedModel.ScoreInSecondProcess(path, texts);
        string[] here = [.. model.Transform(few).GetColumn<string>("PredictedLabel")];
        var table = new Table { Border = TableBorder.Simple, ShowRowSeparators = false }.AddColumns("Predicted there", "Here", "Text");
        for (int i = 0; i < texts.Length; i++) table.AddRow(new Text(there[i]), new Text(here[i]), new Text(texts[i].Length <= 50 ? texts[i] : texts[i][..49] + "…"));
        AnsiConsole.Write(table);
        if (!there.SequenceEqual(here)) throw new InvalidOperationException("The second process predicts otherwise than the first; the saved model does not give what the fitted one does.");
    }

    private sealed record Unlabelled(IDataView Texts, string Description)
    {
        public static Unlabelled? From(MLContext ml, CompareArguments arguments)
        {
            if (arguments.Unlabelled is not { } path) return null;
            if (!File.Exists(path)) throw new FileNotFoundException($"There is no file '{Path.GetFullPath(path)}'; expected texts without labels, one a line.");
            return new(ml.Data.LoadFromTextFile(path, [new TextLoader.Column("Text", DataKind.String, 0)], separatorChar: '\0'), Path.GetFileName(path));
        }
    }
}
