#!/usr/bin/env bash
# Ours, gensim, word2vec.c and fastText in turns on one corpus, whole process: wall seconds, words a second, peak resident memory; then the
# quality of all their vectors. The peers are not part of this repository: give word2vec's C source, and have python3 with gensim and
# fasttext on the PATH (Debian: python3-gensim, fasttext), or they are left out.
# usage: compare.sh CORPUS WORDVEC_C_SOURCE_DIR EVALUATION_DIR OUT_DIR [SEEDS] [THREADS]
#   CORPUS: from normalize_text.py; EVALUATION_DIR: with questions-words.txt, EN-WS-353-ALL.txt, EN-MEN-TR-3k.txt
set -euo pipefail
corpus=$1 source=$2 evaluation=$3 out=$4 seeds=${5:-5} threads=${6:-2}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
words=$(wc -w < "$corpus")
dotnet build "$here/../MLNet.Pretrain.Benchmarks" -c Release -v quiet --nologo
ours="$here/../MLNet.Pretrain.Benchmarks/bin/Release/net10.0/MLNet.Pretrain.Benchmarks"
gcc "$source/word2vec.c" -o "$out/word2vec" -lm -pthread -Ofast -march=native -funroll-loops 2> /dev/null
python=${PYTHON:-python3}

timed() { # NAME COMMAND...
  local name=$1; shift
  /usr/bin/time -f "%e %M" -o "$out/time" "$@" > "$out/log" 2>&1
  read -r wall rss < <(tail -1 "$out/time")
  awk -v n="$name" -v w="$wall" -v r="$rss" -v t="$words" 'BEGIN { printf "%-28s %7.2f s %9.0f words/s %6.0f MiB\n", n, w, t / w, r / 1024 }'
}

for seed in $(seq "$seeds"); do
  for kind in "sg ns" "cbow ns" "sg hs"; do
    read -r a l <<< "$kind"
    rate=$([ "$a" = sg ] && echo 0.025 || echo 0.05)
    timed "ours $kind $seed" "$ours" word2vec --corpus "$corpus" --architecture "$a" --loss "$l" --threads "$threads" --seed "$seed" --output "$out/ours-$a-$l-$seed.bin"
    if "$python" -c "import gensim" 2> /dev/null; then
      timed "gensim file $kind $seed" "$python" "$here/gensim_word2vec.py" "$corpus" "$out/gensim-file-$a-$l-$seed.bin" "$a" "$l" "$threads" "$seed" corpus_file
      timed "gensim iterable $kind $seed" "$python" "$here/gensim_word2vec.py" "$corpus" "$out/gensim-iterable-$a-$l-$seed.bin" "$a" "$l" "$threads" "$seed" iterable
    fi
    timed "word2vec.c $kind $seed" "$out/word2vec" -train "$corpus" -output "$out/c-$a-$l-$seed.bin" -size 100 -window 5 -negative $([ "$l" = ns ] && echo 5 || echo 0) -hs $([ "$l" = hs ] && echo 1 || echo 0) \
      -sample 1e-4 -min-count 5 -iter 1 -threads "$threads" -cbow $([ "$a" = cbow ] && echo 1 || echo 0) -alpha "$rate" -binary 1 -debug 0
    if command -v fasttext > /dev/null && [ "$seed" = 1 ]; then
      timed "fasttext $kind" fasttext $([ "$a" = sg ] && echo skipgram || echo cbow) -input "$corpus" -output "$out/fasttext-$a-$l" -dim 100 -ws 5 -neg 5 -loss "$l" -t 1e-4 -minCount 5 -epoch 1 -thread "$threads" -maxn 0 -lr "$rate" -verbose 0
      rm -f "$out/fasttext-$a-$l.bin"
    fi
  done
done
"$ours" word2vec-quality --evaluation "$evaluation" "$out"/*.bin "$out"/*.vec
