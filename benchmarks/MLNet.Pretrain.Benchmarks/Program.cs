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
return new RootCommand("Ours and the peer in one process, on the same texts.") { tokenize, score }.Parse(args).Invoke();
