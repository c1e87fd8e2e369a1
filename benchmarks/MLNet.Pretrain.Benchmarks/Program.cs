using System.CommandLine;
using MLNet.Pretrain.Benchmarks;

var text = new Option<string>("--text") { Description = "Texts, one a line, or a TSV with --column; gzipped or not.", Required = true };
var column = new Option<int?>("--column") { Description = "Column of the text, from 0; default: the whole line." };
var vocabulary = new Option<string>("--vocabulary") { Description = "BERT's vocab.txt.", Required = true };
var rows = new Option<int>("--rows") { Description = "Texts, drawn by a seeded shuffle.", DefaultValueFactory = _ => 10_000 };
var layers = new Option<int>("--layers") { DefaultValueFactory = _ => 6 };
var hidden = new Option<int>("--hidden") { DefaultValueFactory = _ => 384 };

var tokenize = new Command("tokenize", "WordPiece against Microsoft.ML.Tokenizers' BertTokenizer, one thread.") { text, column, vocabulary, rows };
tokenize.SetAction(p => TokenizerBenchmark.Run(Corpus.Read(p.GetValue(text)!, p.GetValue(column), p.GetValue(rows)), p.GetValue(vocabulary)!));
var score = new Command("score", "EncodeText against the same network on batches in random order, padded to the longest of each.") { text, column, vocabulary, rows, layers, hidden };
score.SetAction(p => ScoringBenchmark.Run(Corpus.Read(p.GetValue(text)!, p.GetValue(column), p.GetValue(rows)), p.GetValue(vocabulary)!, p.GetValue(layers), p.GetValue(hidden)));

var corpus = new Option<string>("--corpus") { Description = "Lines of words.", Required = true };
var architecture = new Option<string>("--architecture") { DefaultValueFactory = _ => "sg" }.AcceptOnlyFromAmong("sg", "cbow");
var loss = new Option<string>("--loss") { DefaultValueFactory = _ => "ns" }.AcceptOnlyFromAmong("ns", "hs");
var threads = new Option<int>("--threads") { DefaultValueFactory = _ => Environment.ProcessorCount };
var seed = new Option<int>("--seed") { DefaultValueFactory = _ => 1 };
var output = new Option<string>("--output") { Description = "word2vec binary file.", Required = true };
var word2Vec = new Command("word2vec", "One training run; benchmarks/word2vec/compare.sh times it beside the peers' programs.") { corpus, architecture, loss, threads, seed, output };
word2Vec.SetAction(p => Word2VecBenchmark.Train(p.GetValue(corpus)!, p.GetValue(architecture)!, p.GetValue(loss)!, p.GetValue(threads), p.GetValue(seed), p.GetValue(output)!));

var evaluation = new Option<string>("--evaluation") { Description = "Folder with questions-words.txt, EN-WS-353-ALL.txt and EN-MEN-TR-3k.txt.", Required = true };
var files = new Argument<string[]>("files") { Arity = ArgumentArity.OneOrMore };
var quality = new Command("word2vec-quality", "Similarities and analogies of vector files; runs of one name and several seeds are averaged.") { evaluation, files };
quality.SetAction(p => Word2VecBenchmark.Quality(p.GetValue(evaluation)!, p.GetValue(files)!));

var words = new Option<int>("--words") { DefaultValueFactory = _ => 400_000 };
var size = new Option<int>("--size") { DefaultValueFactory = _ => 300 };
var similar = new Command("most-similar", "Exact nearest words, one thread.") { words, size };
similar.SetAction(p => Word2VecBenchmark.Search(p.GetValue(words), p.GetValue(size)));

return new RootCommand("Ours and the peer in one process, on the same texts.") { tokenize, score, word2Vec, quality, similar }.Parse(args).Invoke();
