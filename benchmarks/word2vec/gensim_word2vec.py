"""gensim's word2vec, one run. usage: gensim_word2vec.py CORPUS OUT.bin sg|cbow ns|hs THREADS SEED corpus_file|iterable
corpus_file is gensim's fastest mode; with several workers its learning rate does not fall to the end, which iterable's does."""
import os
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
from gensim.models import Word2Vec
from gensim.models.word2vec import LineSentence

corpus, out, architecture, loss, threads, seed, mode = sys.argv[1:8]
source = {"corpus_file": corpus} if mode == "corpus_file" else {"corpus_iterable": LineSentence(corpus)}
model = Word2Vec(vector_size=100, window=5, min_count=5, sample=1e-4, sg=int(architecture == "sg"), workers=int(threads), seed=int(seed),
                 negative=5 if loss == "ns" else 0, hs=int(loss == "hs"), epochs=1, alpha=0.025 if architecture == "sg" else 0.05)
model.build_vocab(**source)
model.train(total_examples=model.corpus_count, total_words=model.corpus_total_words, epochs=1, **source)
model.wv.save_word2vec_format(out, binary=True)
