using System.CommandLine;
using MLNet.Pretrain.Training;
using PretrainEncoder;

var texts = new Option<string[]>("--texts") { Description = "Files with a text a line and an empty line between documents, gzipped or not. Default: the documentation of the .NET SDK.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var output = new Option<string>("--output") { Description = "Folder of the checkpoint.", DefaultValueFactory = _ => "encoder" };
var work = new Option<string?>("--work") { Description = "Folder for training's own checkpoints: a run that was broken off goes on from there. Default: none." };
var layers = new Option<int>("--layers") { DefaultValueFactory = _ => 4 };
var hidden = new Option<int>("--hidden") { Description = "Width; heads are of 64.", DefaultValueFactory = _ => 256 };
var vocabulary = new Option<int>("--vocabulary") { Description = "Entries of the vocabulary.", DefaultValueFactory = _ => 8192 };
var maxLength = new Option<int>("--max-length") { Description = "Tokens of a row.", DefaultValueFactory = _ => 64 };
var epochs = new Option<double>("--epochs") { Description = "Passes that predict hidden words, a text a row.", DefaultValueFactory = _ => 7 };
var pairEpochs = new Option<double>("--pair-epochs") { Description = "Passes after those, that also tell passages of different documents apart.", DefaultValueFactory = _ => 0 };
var batchSize = new Option<int>("--batch-size") { Description = "Rows of a step.", DefaultValueFactory = _ => 64 };
var learningRate = new Option<double>("--learning-rate") { Description = "Peak learning rate of the first passes.", DefaultValueFactory = _ => 1e-3 };
var pairLearningRate = new Option<double>("--pair-learning-rate") { Description = "Peak learning rate of the later passes.", DefaultValueFactory = _ => 3e-4 };
var precision = new Option<TrainingPrecision>("--precision") { Description = "Auto: BFloat16 where the processor has instructions for it.", DefaultValueFactory = _ => TrainingPrecision.Auto };
var dropout = new Option<double>("--dropout") { Description = "In pretraining: hiding other words each time is noise enough (Lan et al. 2020).", DefaultValueFactory = _ => 0 };
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
var root = new RootCommand("Pretrains a small BERT on text without labels and writes it as a checkpoint that Hugging Face's libraries read.")
{
    texts, output, work, layers, hidden, vocabulary, maxLength, epochs, pairEpochs, batchSize, learningRate, pairLearningRate, precision, dropout, seed,
};
root.SetAction((parsed, cancellation) => Task.Run(() => PretrainCommand.Run(
    new(parsed.GetValue(texts)!, parsed.GetValue(output)!, parsed.GetValue(work), parsed.GetValue(layers), parsed.GetValue(hidden), parsed.GetValue(vocabulary), parsed.GetValue(maxLength),
        parsed.GetValue(epochs), parsed.GetValue(pairEpochs), parsed.GetValue(batchSize), parsed.GetValue(learningRate), parsed.GetValue(pairLearningRate), parsed.GetValue(precision), parsed.GetValue(dropout), parsed.GetValue(seed)), cancellation), cancellation));

var encoder = new Option<string>("--encoder") { Description = "Checkpoint directory.", Required = true };
var budgets = new Option<int[]>("--label-budgets") { Description = "Labelled rows a class; 0 = all rows.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [50, 200, 1000, 0] };
var seeds = new Option<int>("--seeds") { Description = "Draws of rows and weights.", DefaultValueFactory = _ => 3 };
var validate = new Option<bool>("--validate") { Description = "Measure on training rows that were not drawn, to choose settings by." };
var candidates = new Option<string[]>("--candidates") { Description = "Parts of the names of candidates. Default: all.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var tuningRate = new Option<double>("--learning-rate") { Description = "Peak learning rate of fine-tuning the pretrained encoder.", DefaultValueFactory = _ => 3e-4 };
var layerDecay = new Option<double>("--layer-decay") { DefaultValueFactory = _ => 1 };
var minSteps = new Option<long>("--min-steps") { DefaultValueFactory = _ => 400 };
var tuningEpochs = new Option<double>("--epochs") { DefaultValueFactory = _ => 2 };
var evaluate = new Command("evaluate", "Does pretraining pay? Accuracy on the documentation task over label budgets and seeds.") { encoder, budgets, seeds, validate, candidates, tuningRate, layerDecay, minSteps, tuningEpochs };
evaluate.SetAction((parsed, cancellation) => Task.Run(() => EvaluateCommand.Run(
    new(parsed.GetValue(encoder)!, parsed.GetValue(budgets)!, parsed.GetValue(seeds), parsed.GetValue(validate), parsed.GetValue(candidates)!, parsed.GetValue(tuningRate), parsed.GetValue(layerDecay), parsed.GetValue(minSteps), parsed.GetValue(tuningEpochs)), cancellation), cancellation));
root.Subcommands.Add(evaluate);

try
{
    return await root.Parse(args).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Cancelled.");
    return 130;
}
catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException or InvalidDataException or TrainingDivergedException)
{
    // What the user can mend deserves a sentence, not a stack trace.
    Console.Error.WriteLine(e.Message);
    return 1;
}
