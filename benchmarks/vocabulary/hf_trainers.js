// Hugging Face's trainers (npm install tokenizers) on a file of texts, one a line: node hf_trainers.js FILE. Beside `MLNet.Pretrain.Benchmarks vocabulary FILE`.
const { BPE, WordPiece, Tokenizer, bertNormalizer, bertPreTokenizer, byteLevelPreTokenizer } = require('tokenizers');

function time(name, tokenizer) {
  const start = Date.now();
  tokenizer.train([process.argv[2]]);
  console.log(name, tokenizer.getVocabSize(), 'entries', (Date.now() - start) / 1000, 's');
}

const wordPiece = new Tokenizer(WordPiece.init({ '[UNK]': 0 }));
wordPiece.setNormalizer(bertNormalizer());
wordPiece.setPreTokenizer(bertPreTokenizer());
time('WordPiece', wordPiece);

const bpe = new Tokenizer(BPE.empty());
bpe.setPreTokenizer(byteLevelPreTokenizer(false, true));
time('byte-level BPE', bpe);
