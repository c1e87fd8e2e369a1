using System.CommandLine;
using CompareTextClassifiers;

var train = new Option<string?>("--train") { Description = "Training rows: TSV or CSV, gzipped or not. Default: the documentation of the .NET SDK." };
var test = new Option<string?>("--test") { Description = "Test rows, of the same form." };
var text = new Option<string>("--text") { Description = "Text column: its name in the header, or its number from 0.", DefaultValueFactory = _ => "text" };
var label = new Option<string>("--label") { Description = "Label column: its name in the header, or its number from 0.", DefaultValueFactory = _ => "label" };
var unlabelled = new Option<string?>("--unlabelled") { Description = "Texts without labels for word vectors, one a line. Default: the training texts, or all of the SDK's documentation." };
var encoder = new Option<string?>("--encoder") { Description = "Checkpoint directory of a BERT, DistilBERT or RoBERTa encoder. Default: our own small one, pretrained on the SDK's documentation, or one from scratch for your own data." };
var budgets = new Option<int[]>("--label-budgets") { Description = "Rows a class for the learning curve.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [50, 200] };
var maxLength = new Option<int>("--max-length") { Description = "The most tokens of a text.", DefaultValueFactory = _ => 64 };
var epochs = new Option<double?>("--epochs") { Description = "Passes over the data when fine-tuning." };
var learningRate = new Option<double?>("--learning-rate") { Description = "Peak learning rate when fine-tuning." };
var output = new Option<string>("--output") { Description = "Folder for report.html, report.json and model.zip.", DefaultValueFactory = _ => "comparison" };
var root = new RootCommand("Compares bag of words, word vectors, a convolutional network, a frozen encoder and a fine-tuned BERT on the same rows.") { train, test, text, label, unlabelled, encoder, budgets, maxLength, epochs, learningRate, output };
root.SetAction((parsed, cancellation) => Task.Run(() => CompareCommand.Run(
    new(parsed.GetValue(train), parsed.GetValue(test), parsed.GetValue(text)!, parsed.GetValue(label)!, parsed.GetValue(unlabelled), parsed.GetValue(encoder), parsed.GetValue(budgets)!,
        parsed.GetValue(maxLength), parsed.GetValue(epochs), parsed.GetValue(learningRate), parsed.GetValue(output)!), cancellation), cancellation));

var model = new Argument<string>("model") { Description = "A saved pipeline." };
var lines = new Argument<string>("texts") { Description = "A file with one text a line." };
var score = new Command("score", "Loads a saved pipeline and prints the predicted class of each line.") { model, lines };
score.SetAction(parsed =>
{
    foreach (string predicted in SavedModel.Score(parsed.GetValue(model)!, File.ReadLines(parsed.GetValue(lines)!))) Console.WriteLine(predicted);
});
root.Subcommands.Add(score);

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Cancelled.");
    return 130;
}
catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException or InvalidDataException or FormatException)
{
    // What the user can mend deserves a sentence, not a stack trace.
    Console.Error.WriteLine(e.Message);
    return 1;
}
