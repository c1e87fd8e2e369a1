#!/usr/bin/env bash
# fastText's supervised mode on the same rows, whole process: fasttext_supervised.sh TRAIN.tsv TEST.tsv NGRAMS     (lines: label, tab, text)
# fastText is not part of this repository (Debian: fasttext). Its tokens are split at spaces, so the text is lower-cased and divided as scikit-learn's is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for part in train test; do
  file=$([ "$part" = train ] && echo "$1" || echo "$2")
  awk -F'\t' '{ label = $1; sub(/^[^\t]*\t/, ""); text = tolower($0); gsub(/[^[:alnum:]_]+/, " ", text); print "__label__" label " " text }' "$file" > "$folder/$part"
done
/usr/bin/time -f "%e s, %M KiB" fasttext supervised -input "$folder/train" -output "$folder/model" -wordNgrams "$3" -epoch 5 -lr 0.5 -dim 100 -thread 2 -verbose 0
fasttext test "$folder/model.bin" "$folder/test"
