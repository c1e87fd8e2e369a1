using System.CommandLine;
using MLNet.Pretrain.Benchmarks;
using MLNet.Pretrain.Checkpoints;
using MLNet.Pretrain.Metrics;
using MLNet.Pretrain.Networks.Text;
using MLNet.Pretrain.Text;
using MLNet.Pretrain.Training;

if (args is [StartedProcess.Name, .. var toStart]) return StartedProcess.Run(toStart);

var text = new Option<string>("--text") { Description = "Texts, one a line, or a TSV with --column; gzipped or not.", Required = true };
var column = new Option<int?>("--column") { Description = "Column of the text, from 0; default: the whole line." };
var vocabulary = new Option<string>("--vocabulary") { Description = "BERT's vocab.txt.", Required = true };
var rows = new Option<int>("--rows") { Description = "Texts, drawn by a seeded shuffle.", DefaultValueFactory = _ => 10_000 };
var layers = new Option<int>("--layers") { DefaultValueFactory = _ => 6 };
var hidden = new Option<int>("--hidden") { DefaultValueFactory = _ => 384 };

var tokenize = new Command("tokenize", "WordPiece against Microsoft.ML.Tokenizers' BertTokenizer, one thread.") { text, column, vocabulary, rows };
tokenize.SetAction(p => TokenizerBenchmark.Run(TextFile.Read(p.GetValue(text)!, p.GetValue(column), p.GetValue(rows)), p.GetValue(vocabulary)!));
var score = new Command("score", "EncodeText against the same network on batches in random order, padded to the longest of each.") { text, column, vocabulary, rows, layers, hidden };
score.SetAction(p => ScoringBenchmark.Run(TextFile.Read(p.GetValue(text)!, p.GetValue(column), p.GetValue(rows)), p.GetValue(vocabulary)!, p.GetValue(layers), p.GetValue(hidden)));

var size = new Option<int?>("--size") { Description = "Components of a vector." };
var epochs = new Option<int?>("--epochs");
var minLearningRate = new Option<double>("--min-learning-rate") { DefaultValueFactory = _ => 1e-4 };
var sample = new Option<double>("--sample") { DefaultValueFactory = _ => 1e-4 };
var corpus = new Option<string>("--corpus") { Description = "Lines of words.", Required = true };
var architecture = new Option<string>("--architecture") { DefaultValueFactory = _ => "sg" }.AcceptOnlyFromAmong("sg", "cbow");
var loss = new Option<string>("--loss") { DefaultValueFactory = _ => "ns" }.AcceptOnlyFromAmong("ns", "hs");
var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount };
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
var output = new Option<string>("--output") { Description = "word2vec binary file.", Required = true };
var word2Vec = new Command("word2vec", "One training run; benchmarks/word2vec/compare.sh times it beside the peers' programs.") { corpus, architecture, loss, threads, seed, output, size, epochs, sample, minLearningRate };
word2Vec.SetAction(p => Word2VecBenchmark.Train(p.GetValue(corpus)!, p.GetValue(architecture)!, p.GetValue(loss)!, p.GetValue(threads), p.GetValue(seed), p.GetValue(output)!, p.GetValue(size) ?? 100, p.GetValue(epochs) ?? 1, p.GetValue(sample), p.GetValue(minLearningRate)));

var evaluation = new Option<string>("--evaluation") { Description = "Folder with questions-words.txt, EN-WS-353-ALL.txt and EN-MEN-TR-3k.txt.", Required = true };
var files = new Argument<string[]>("files") { Arity = ArgumentArity.OneOrMore };
var quality = new Command("word2vec-quality", "Similarities and analogies of vector files; runs of one name and several seeds are averaged.") { evaluation, files };
quality.SetAction(p => Word2VecBenchmark.Quality(p.GetValue(evaluation)!, p.GetValue(files)!));

var words = new Option<int>("--words") { DefaultValueFactory = _ => 400_000 };
var similar = new Command("most-similar", "Exact nearest words, one thread.") { words, size };
similar.SetAction(p => Word2VecBenchmark.Search(p.GetValue(words), p.GetValue(size) ?? 300));

var indexRows = new Option<int>("--index-rows") { DefaultValueFactory = _ => 100_000 };
var common = new Option<float>("--common") { Description = "Added to every component, as sentence vectors have a common direction." };
var nearest = new Command("nearest-rows", "The exact search of FindNearest against all cosines in full, one thread.") { indexRows, size, common };
nearest.SetAction(p => NearestRowsBenchmark.Run(p.GetValue(indexRows), p.GetValue(size) ?? 384, p.GetValue(common)));

var train = new Option<string>("--train") { Required = true };
var dev = new Option<string?>("--dev") { Description = "Chooses the best epoch." };
var test = new Option<string>("--test") { Required = true };
var labelLast = new Option<bool>("--label-last") { Description = "Lines are text, tab, label; else label, space or tab, text." };
var vectors = new Option<string?>("--vectors") { Description = "Word vectors of any library; default: random." };
var embeddings = new Option<WordEmbeddings>("--embeddings") { DefaultValueFactory = _ => WordEmbeddings.Tuned };
var unit = new Option<WordUnit>("--unit") { DefaultValueFactory = _ => WordUnit.Whitespace };
var widths = new Option<int[]>("--widths") { DefaultValueFactory = _ => [3, 4, 5], AllowMultipleArgumentsPerToken = true };
var featureMaps = new Option<int>("--feature-maps") { DefaultValueFactory = _ => 100 };
var embeddingSize = new Option<int>("--embedding-size") { DefaultValueFactory = _ => 100 };
var learningRate = new Option<double?>("--learning-rate");
var batchSize = new Option<int?>("--batch-size");
var seeds = new Option<int>("--seeds") { DefaultValueFactory = _ => 3 };
var textCnn = new Command("textcnn", "Accuracy of TextCnn over several seeds.") { train, dev, test, labelLast, vectors, embeddings, unit, widths, featureMaps, embeddingSize, epochs, learningRate, batchSize, seeds };
textCnn.SetAction(p => TextCnnBenchmark.Run(p.GetValue(train)!, p.GetValue(dev), p.GetValue(test)!, p.GetValue(labelLast), p.GetValue(seeds), options =>
{
    if (p.GetValue(vectors) is { } path) options.Vectors = path;
    (options.Embeddings, options.Splitting, options.FilterWidths, options.FeatureMaps) = (p.GetValue(embeddings), new() { Unit = p.GetValue(unit) }, p.GetValue(widths)!, p.GetValue(featureMaps));
    (options.EmbeddingSize, options.Epochs, options.LearningRate, options.BatchSize) = (p.GetValue(embeddingSize), p.GetValue(epochs) ?? 5, p.GetValue(learningRate) ?? 1e-3, p.GetValue(batchSize) ?? 64);
}));

var hiddenUnits = new Option<int>("--hidden-units") { DefaultValueFactory = _ => 200 };
var context = new Option<int>("--context") { DefaultValueFactory = _ => 4 };
var direct = new Option<bool>("--direct");
var dropout = new Option<double>("--dropout");
var sampled = new Option<int?>("--sampled");
var languageModel = new Command("language-model", "Perplexity of NeuralLanguageModel; benchmarks/language-model has the n-gram model beside it.") { train, test, hiddenUnits, context, direct, dropout, sampled, embeddingSize, epochs, learningRate, batchSize };
languageModel.SetAction(p => LanguageModelBenchmark.Run(p.GetValue(train)!, p.GetValue(test)!, new NeuralLanguageModelOptions
{
    HiddenSize = p.GetValue(hiddenUnits),
    ContextSize = p.GetValue(context),
    DirectConnections = p.GetValue(direct),
    Dropout = p.GetValue(dropout),
    SampledWords = p.GetValue(sampled),
    VectorSize = p.GetValue(embeddingSize),
    Epochs = p.GetValue(epochs) ?? 3,
    LearningRate = p.GetValue(learningRate) ?? 3e-3,
    BatchSize = p.GetValue(batchSize) ?? 4,
}));

var ngrams = new Option<int>("--ngrams") { DefaultValueFactory = _ => 1 };
var stock = new Option<bool>("--stock") { Description = "FeaturizeText instead of BagOfWords." };
var l2 = new Option<float>("--l2") { DefaultValueFactory = _ => 1e-6f };
var bagOfWords = new Command("bag-of-words", "Bag of words and logistic regression; benchmarks/bag-of-words has scikit-learn's.") { train, test, ngrams, stock, l2 };
bagOfWords.SetAction(p => BagOfWordsBenchmark.Run(p.GetValue(train)!, p.GetValue(test)!, p.GetValue(ngrams), p.GetValue(stock), p.GetValue(l2)));

var precision = new Option<TrainingPrecision>("--precision") { DefaultValueFactory = _ => TrainingPrecision.Float32 };
var steps = new Option<int>("--steps") { DefaultValueFactory = _ => 10 };
var batchRows = new Option<int>("--batch-rows") { DefaultValueFactory = _ => 32 };
var length = new Option<int>("--length") { Description = "Tokens of a row.", DefaultValueFactory = _ => 128 };
var loraRank = new Option<int>("--lora-rank") { Description = "Adapters of this rank learn in the encoder's place; 0 = none." };
var gradientCheckpointing = new Option<bool>("--gradient-checkpointing");
var trainStep = new Command("train-step", "A training step of a BERT-shaped classifier; benchmarks/training-step has PyTorch's beside it.") { layers, hidden, batchRows, length, dropout, precision, steps, loraRank, gradientCheckpointing };
trainStep.SetAction(p => TrainingStepBenchmark.Run(p.GetValue(layers), p.GetValue(hidden), p.GetValue(batchRows), p.GetValue(length), p.GetValue(dropout), p.GetValue(precision), p.GetValue(steps), p.GetValue(loraRank), p.GetValue(gradientCheckpointing)));

var adam = new Command("adamw", "AdamW steps against TorchSharp's optim.AdamW.") { layers, hidden };
adam.SetAction(p => OptimizerBenchmark.Run(p.GetValue(layers), p.GetValue(hidden)));

var texts = new Argument<string[]>("texts") { Description = "Files of texts, one a line, gzipped or not; FILE:3 reads column 3 (from 0) of a TSV.", Arity = ArgumentArity.OneOrMore };
var vocabularySize = new Option<int>("--vocabulary-size") { DefaultValueFactory = _ => 30_000 };
var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => 3 };
var vocabularies = new Command("vocabulary", "WordPiece and byte-level BPE vocabularies of the same texts.") { texts, vocabularySize, threads, rounds };
vocabularies.SetAction(p => VocabularyBenchmark.Run(p.GetValue(texts)!, p.GetValue(vocabularySize), p.GetValue(threads), p.GetValue(rounds)));

var packing = new Command("packing", "Real tokens a second of masked-language-model training: packed, sorted, padded.") { text, column, rows, layers, hidden, precision, steps, rounds };
packing.SetAction(p => PackingBenchmark.Run(TextFile.Read(p.GetValue(text)!, p.GetValue(column), p.GetValue(rows)), p.GetValue(layers), p.GetValue(hidden), p.GetValue(precision), p.GetValue(steps), p.GetValue(rounds)));

var characters = new Option<int>("--characters") { DefaultValueFactory = _ => 1_100_000 };
var limitThreads = new Option<int?>("--torch-threads") { Description = "Default: libtorch's choice." };
var saveTo = new Option<string?>("--save") { Description = "Folder for the checkpoint." };
var gptCharacters = new Command("gpt-characters", "A character model with nanoGPT's settings for a processor: loss curve, sample, tokens a second.") { text, characters, limitThreads, saveTo };
gptCharacters.SetAction(p => GptBenchmark.Characters(p.GetValue(text)!, p.GetValue(characters), p.GetValue(limitThreads), p.GetValue(saveTo)));
var modelDirectory = new Option<string>("--model") { Description = "GPT-2 checkpoint directory.", Required = true };
var gptGenerate = new Command("gpt-generate", "Tokens a second of generation, one prompt and sixteen, within the positions and beyond.") { modelDirectory };
gptGenerate.SetAction(p => GptBenchmark.Generate(p.GetValue(modelDirectory)!));

var elmoSteps = new Option<long>("--steps") { Description = "Training steps of 32 rows of 64 words.", DefaultValueFactory = _ => 500 };
var cells = new Option<int>("--cells") { DefaultValueFactory = _ => 256 };
var projection = new Option<int>("--projection") { DefaultValueFactory = _ => 128 };
var labelled = new Option<string?>("--labelled") { Description = "Lines whose first column is 0 or 1 and whose last is text: ELMo's features beside word2vec's." };
var labelledRows = new Option<int>("--labelled-rows") { DefaultValueFactory = _ => 4000 };
var elmo = new Command("elmo", "A small ELMo: words a second, perplexity, the senses of a word, features beside word2vec's.") { text, column, rows, elmoSteps, cells, projection, threads, labelled, labelledRows };
elmo.SetAction(p => ElmoBenchmark.Run(TextFile.Read(p.GetValue(text)!, p.GetValue(column), p.GetValue(rows)), p.GetValue(elmoSteps), p.GetValue(cells), p.GetValue(projection), p.GetValue(threads), p.GetValue(labelled), p.GetValue(labelledRows)));

var encoderDirectory = new Option<string>("--encoder") { Description = "Checkpoint directory.", DefaultValueFactory = _ => "samples/models/sdk-documentation" };
var documentation = new Command("documentation", "Features without labels on the sample's documentation task, and the senses of its words: word2vec, ELMo, BERT.") { encoderDirectory, epochs, cells, projection, batchSize, learningRate, precision, threads, seeds };
documentation.SetAction(p => DocumentationBenchmark.Run(p.GetValue(encoderDirectory)!, p.GetValue(epochs) ?? 3, p.GetValue(cells), p.GetValue(projection), p.GetValue(batchSize) ?? 32, p.GetValue(learningRate) ?? 2e-3, p.GetValue(precision), p.GetValue(threads), p.GetValue(seeds)));

var pairColumns = new Option<int[]>("--columns") { Description = "Columns, from 0, of the first text, the second text and the number or class.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0, 1, 2] };
var pairClasses = new Option<bool>("--classes") { Description = "The third column is 0 or 1." };
var pairs = new Command("pairs", "Similarity (STS-B) or sameness (MRPC) of pairs: FineTuneText beside the TF-IDF cosine.") { train, test, pairColumns, pairClasses, encoderDirectory, epochs, learningRate, seeds, loraRank };
pairs.SetAction(p => PairsBenchmark.Run(p.GetValue(train)!, p.GetValue(test)!, p.GetValue(pairColumns)!, p.GetValue(pairClasses), p.GetValue(encoderDirectory)!,
    new(p.GetValue(epochs) ?? 3, p.GetValue(learningRate) ?? 3e-4, p.GetValue(seeds), p.GetValue(loraRank) is > 0 and var rank ? new() { Rank = rank, Alpha = 2 * rank, Targets = LoraTargets.All } : null)));

var squadTest = new Option<string?>("--test") { Description = "Default: a fifth of the contexts." };
var byCharacter = new Option<bool>("--characters") { Description = "Scores, and compares sentences, by characters, as CMRC 2018 does: Chinese has no spaces." };
var scratch = new Option<bool>("--scratch") { Description = "An encoder with random weights instead." };
var answers = new Command("answers", "Answers cut out of contexts, SQuAD's JSON: FineTuneQuestionAnswering beside the sentence of most common words.") { train, squadTest, encoderDirectory, scratch, byCharacter, epochs, learningRate };
answers.SetAction(p => AnswersBenchmark.Run(p.GetValue(train)!, p.GetValue(squadTest), p.GetValue(scratch) ? new ScratchEncoder { LayerCount = 4, HiddenSize = 256 } : p.GetValue(encoderDirectory)!, p.GetValue(epochs) ?? 3, p.GetValue(learningRate) ?? 3e-4, p.GetValue(byCharacter)));

var sentences = new Option<int?>("--rows") { Description = "Sentences to learn from; default: all." };
var useCrf = new Option<bool>("--crf") { Description = "With a conditional random field." };
var trainAs = new Option<TagScheme?>("--train-as") { Description = "Bio or Bioes; default: Bio." };
var headFactor = new Option<double>("--head-factor") { Description = "On the learning rate of head and field.", DefaultValueFactory = _ => 1 };
var withoutBaseline = new Option<bool>("--no-baseline");
var device = new Option<string>("--device") { DefaultValueFactory = _ => "cpu" };
var tokens = new Command("tokens", "Entity F1 of FineTuneTokens on CoNLL files (word ... tag), beside logistic regression over the words around each token.") { train, dev, test, sentences, encoderDirectory, useCrf, trainAs, headFactor, epochs, learningRate, batchSize, precision, device, withoutBaseline };
tokens.SetAction(p => TokensBenchmark.Run(
    p.GetValue(train)!,
    p.GetValue(dev),
    p.GetValue(test)!,
    p.GetValue(sentences),
    options =>
    {
        (options.UseCrf, options.TrainAs, options.Precision, options.Device) = (p.GetValue(useCrf), p.GetValue(trainAs), p.GetValue(precision), p.GetValue(device)!);
        (options.Epochs, options.LearningRate, options.BatchSize, options.HeadLearningRateFactor) = (p.GetValue(epochs) ?? 3, p.GetValue(learningRate) ?? 5e-5, p.GetValue(batchSize) ?? 16, p.GetValue(headFactor));
    },
    p.GetValue(encoderDirectory)!,
    !p.GetValue(withoutBaseline)));

var budget = new Option<int>("--label-budget") { Description = "Labelled rows a class.", DefaultValueFactory = _ => 50 };
var tuningSteps = new Option<long>("--steps") { DefaultValueFactory = _ => 400 };
var testRows = new Option<int>("--test-rows") { DefaultValueFactory = _ => int.MaxValue };
var fewLabels = new Command("few-labels", "What steadies fine-tuning on few rows of the sample's documentation task, each option by itself.") { encoderDirectory, budget, seeds, tuningSteps, learningRate, testRows };
fewLabels.SetAction(p => FewLabelsBenchmark.Run(p.GetValue(encoderDirectory)!, p.GetValue(budget), p.GetValue(seeds), p.GetValue(tuningSteps), p.GetValue(learningRate) ?? 3e-4, p.GetValue(testRows)));

var transferRows = new Option<int>("--transfer-rows") { Description = "Texts without labels.", DefaultValueFactory = _ => 10_000 };
var temperature = new Option<double>("--temperature") { DefaultValueFactory = _ => 2 };
var hardWeight = new Option<double>("--hard-label-weight") { DefaultValueFactory = _ => 0.3 };
var trainFile = new Option<string?>("--train-file") { Description = "TSV, label first and text last; default: the sample's documentation task." };
var testFile = new Option<string?>("--test-file");
var minSteps = new Option<long>("--min-steps") { DefaultValueFactory = _ => 400 };
var maxTokens = new Option<int>("--max-length") { DefaultValueFactory = _ => 64 };
var studentLayers = new Option<int>("--student-layers") { DefaultValueFactory = _ => 2 };
var augment = new Option<int>("--augment") { Description = "New texts made of each text without a label, by the encoder's FillMask and neighbours of word vectors." };
var wordEpochs = new Option<double>("--word-epochs") { Description = "Of TextCnn and TextLstm.", DefaultValueFactory = _ => 10 };
var only = new Option<string[]>("--only") { Description = "Parts of students' names; default: all.", AllowMultipleArgumentsPerToken = true };
var distill = new Command("distill", "Students of a fine-tuned encoder, and the same on the labels alone.")
{
    encoderDirectory, trainFile, testFile, budget, seeds, transferRows, augment, testRows, temperature, hardWeight, epochs, wordEpochs, minSteps, learningRate, maxTokens, studentLayers, only,
};
distill.SetAction(p => DistillBenchmark.Run(new()
{
    Encoder = p.GetValue(encoderDirectory)!,
    Train = p.GetValue(trainFile),
    Test = p.GetValue(testFile),
    LabelBudget = p.GetValue(budget),
    TransferRows = p.GetValue(transferRows),
    Augment = p.GetValue(augment),
    TestRows = p.GetValue(testRows),
    Seeds = p.GetValue(seeds),
    Temperature = p.GetValue(temperature),
    HardLabelWeight = p.GetValue(hardWeight),
    Layers = p.GetValue(studentLayers),
    Epochs = p.GetValue(epochs) ?? 2,
    WordEpochs = p.GetValue(wordEpochs),
    MinSteps = p.GetValue(minSteps),
    LearningRate = p.GetValue(learningRate) ?? 3e-4,
    MaxLength = p.GetValue(maxTokens),
    Only = p.GetValue(only) ?? [],
}));

var source = new Option<string?>("--source") { Description = "Parallel text, line by line: the teacher's language." };
var target = new Option<string?>("--target") { Description = "The other language." };
var sourceTest = new Option<string?>("--source-test") { Description = "Parallel text to judge by." };
var targetTest = new Option<string?>("--target-test");
var judgedTrain = new Option<string?>("--train") { Description = "STS-B in the teacher's language: what half of an encoder learns from." };
var judgedTest = new Option<string?>("--test") { Description = "STS-B in the teacher's language." };
var foreignTest = new Option<string?>("--foreign-test") { Description = "STS-B in the other language." };
var studentHidden = new Option<int>("--hidden") { Description = "Of a student from scratch.", DefaultValueFactory = _ => 256 };
var parallelRows = new Option<int>("--rows") { Description = "Pairs to learn from; default: all.", DefaultValueFactory = _ => int.MaxValue };
var vectorsDistill = new Command("vectors-distill", "DistillEmbeddings: half the layers of an encoder on STS-B (--train, --test), a second language from parallel text (--source, --target, --source-test, --target-test): of averages of word vectors, or with --train of the encoder that was fine-tuned on it.")
{
    judgedTrain, judgedTest, foreignTest, encoderDirectory, source, target, sourceTest, targetTest, studentLayers, studentHidden, parallelRows, epochs, learningRate, batchSize, precision, device, seed,
};
vectorsDistill.SetAction(p =>
{
    var settings = new VectorsSettings(p.GetValue(epochs) ?? 4, p.GetValue(learningRate) ?? 3e-4, p.GetValue(batchSize) ?? 32, p.GetValue(studentLayers), p.GetValue(studentHidden), p.GetValue(parallelRows), p.GetValue(device)!, p.GetValue(precision), p.GetValue(seed));
    using TextEncoderTransformer? teacher = p.GetValue(judgedTrain) is { } pairsToLearn ? VectorsDistillBenchmark.Half(pairsToLearn, p.GetValue(judgedTest)!, p.GetValue(encoderDirectory)!, settings) : null;
    if (p.GetValue(source) is { } texts) VectorsDistillBenchmark.Languages(texts, p.GetValue(target)!, p.GetValue(sourceTest)!, p.GetValue(targetTest)!, [p.GetValue(judgedTest), p.GetValue(foreignTest)], teacher, settings);
});

var headRows = new Option<int>("--head-rows") { Description = "Rows by which heads are judged.", DefaultValueFactory = _ => 512 };
var compress = new Command("compress", "What a fine-tuned encoder costs when it gets smaller, on the sample's documentation task.") { encoderDirectory, budget, tuningSteps, learningRate, testRows, headRows };
compress.SetAction(p => CompressBenchmark.Run(p.GetValue(encoderDirectory)!, p.GetValue(budget), p.GetValue(tuningSteps), p.GetValue(learningRate) ?? 3e-4, p.GetValue(testRows), p.GetValue(headRows)));

var savedModel = new Option<string?>("--saved") { Description = "A saved pipeline over a column Text; default: one with random weights is made." };
var startKind = new Option<StartKind>("--kind");
var storedWeights = new Option<WeightStorage>("--stored-weights");
var start = new Command("start", "Milliseconds of a fresh process until a saved pipeline has scored its first row, part by part.") { savedModel, startKind, vocabulary, layers, hidden, storedWeights, rounds };
start.SetAction(p => StartBenchmark.Run(p.GetValue(savedModel), p.GetValue(startKind), p.GetValue(vocabulary)!, p.GetValue(layers), p.GetValue(hidden), p.GetValue(storedWeights), p.GetValue(rounds)));

var inference = new Command("inference", "Entailment, contradiction or neither, of pairs in JSON lines (OCNLI): FineTuneText beside bags of words of both texts.") { train, test, encoderDirectory, epochs, learningRate, seeds };
inference.SetAction(p => InferenceBenchmark.Run(p.GetValue(train)!, p.GetValue(test)!, p.GetValue(encoderDirectory)!, p.GetValue(epochs) ?? 3, p.GetValue(learningRate) ?? 3e-4, p.GetValue(seeds)));

var testColumn = new Option<int>("--label-column") { Description = "Column of 0 or 1, from 0." };
var maxLength = new Option<int>("--max-length") { DefaultValueFactory = _ => 128 };
var precisions = new Command("precisions", "One fine-tuned classifier scored in float32, bfloat16 and 8 bits.") { train, test, column, testColumn, rows, testRows, encoderDirectory, epochs, maxLength };
precisions.SetAction(p => PrecisionBenchmark.Run(p.GetValue(train)!, p.GetValue(test)!, p.GetValue(column) ?? 0, p.GetValue(testColumn), p.GetValue(rows), p.GetValue(testRows), p.GetValue(encoderDirectory)!, p.GetValue(epochs) ?? 1, p.GetValue(maxLength)));

var heads = new Option<int>("--heads") { DefaultValueFactory = _ => 12 };
var rowTokens = new Option<int>("--row-tokens") { Description = "Tokens of a row.", DefaultValueFactory = _ => 128 };
var batchTokens = new Option<int>("--batch-tokens") { Description = "Tokens that a core gets at once.", DefaultValueFactory = _ => 512 };
var engineProfile = new Command("engine-profile", "Where the time of a layer of the packed engine goes.") { hidden, heads, rowTokens, batchTokens };
engineProfile.SetAction(p => EngineProfileBenchmark.Run(p.GetValue(hidden), p.GetValue(heads), p.GetValue(rowTokens), p.GetValue(batchTokens)));

var minutes = new Option<double>("--minutes") { DefaultValueFactory = _ => 10 };
var soakPrecision = new Option<MLNet.Pretrain.Text.ScoringPrecision>("--precision");
var soakThreads = new Option<int>("--threads") { DefaultValueFactory = _ => 64 };
var soak = new Command("soak", "Many threads that score one model: every row right, memory flat.") { text, column, rows, encoderDirectory, soakThreads, minutes, soakPrecision };
soak.SetAction(p => SoakBenchmark.Run(TextFile.Read(p.GetValue(text)!, p.GetValue(column), p.GetValue(rows)), p.GetValue(encoderDirectory)!, p.GetValue(soakThreads), p.GetValue(minutes), p.GetValue(soakPrecision)));

var checkpoint = new Option<string?>("--checkpoint") { Description = "BERT checkpoint directory; default: random weights of each shape." };
var ownVocabulary = new Option<string?>("--vocabulary") { Description = "BERT's vocab.txt, for random weights." };
var shapes = new Option<string[]>("--shapes") { Description = "Layers x hidden, 12 heads.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["6x384", "12x768"] };
var scoringPrecisions = new Option<ScoringPrecision[]>("--precision") { AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [ScoringPrecision.Float32, ScoringPrecision.BFloat16] };
var parts = new Option<EngineBenchmarkPart[]>("--parts") { AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => Enum.GetValues<EngineBenchmarkPart>() };
var tables = new Option<string[]>("--text") { Description = "FILE:COLUMN:MAXLENGTH of a TSV, gzipped or not.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
var firstRows = new Option<int>("--rows") { Description = "The first texts of each file.", DefaultValueFactory = _ => 2000 };
var latencyRuns = new Option<int>("--latency-runs") { DefaultValueFactory = _ => 200 };
var growthRows = new Option<int[]>("--growth-rows") { AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [10_000, 100_000, 1_000_000] };
var server = new Option<string>("--server") { Description = "The built MLNet.Pretrain.Benchmarks.OnnxRuntime.", DefaultValueFactory = _ => Path.GetFullPath(Path.Combine(AppContext.BaseDirectory.Replace("MLNet.Pretrain.Benchmarks", "MLNet.Pretrain.Benchmarks.OnnxRuntime", StringComparison.Ordinal), "MLNet.Pretrain.Benchmarks.OnnxRuntime")) };
var python = new Option<string>("--python") { Description = "A Python with numpy and onnx.", DefaultValueFactory = _ => "python3" };
var engine = new Command("engine", "Scoring beside ONNX Runtime in a process of its own: full batches, real texts, one text at a time; and growth. See benchmarks/README.md.")
{
    checkpoint, ownVocabulary, shapes, scoringPrecisions, parts, tables, firstRows, rounds, threads, latencyRuns, growthRows, server, python,
};
engine.SetAction(p => EngineBenchmark.Run(new()
{
    Checkpoint = p.GetValue(checkpoint),
    Vocabulary = p.GetValue(ownVocabulary),
    Shapes = p.GetValue(shapes)!,
    Precisions = p.GetValue(scoringPrecisions)!,
    Parts = p.GetValue(parts)!,
    Texts = [.. p.GetValue(tables)!.Select(EngineBenchmarkText.Parse)],
    Rows = p.GetValue(firstRows),
    Rounds = p.GetValue(rounds),
    Threads = p.GetValue(threads),
    LatencyRuns = p.GetValue(latencyRuns),
    GrowthRows = p.GetValue(growthRows)!,
    Server = p.GetValue(server)!,
    Python = p.GetValue(python)!,
}));

return new RootCommand("Ours and the peer in one process, on the same texts.")
{
    tokenize, score, word2Vec, quality, similar, nearest, textCnn, languageModel, bagOfWords, trainStep, adam, packing, vocabularies, gptCharacters, gptGenerate, elmo, documentation, fewLabels, distill, vectorsDistill, compress, pairs, inference, answers, tokens, precisions, engineProfile, soak, start, engine,
}.Parse(args).Invoke();
