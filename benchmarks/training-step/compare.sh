#!/usr/bin/env bash
# Ours and PyTorch in turns, medians and their ratio: compare.sh [ROUNDS] [DROPOUT]. Build the benchmarks first; torch of Debian needs libopenblas0-pthread for fp32. PYTHON names a Python with torch (default python3).
set -euo pipefail
cd "$(dirname "$0")"
ours=../MLNet.Pretrain.Benchmarks/bin/Release/net10.0/MLNet.Pretrain.Benchmarks
rounds=${1:-2}
dropout=${2:-0}
median() { grep -oP 'median_ms \K[0-9.]+'; }
for shape in "6 384 12" "12 768 4"; do
  read -r layers hidden steps <<< "$shape"
  for precision in Float32 BFloat16; do
    short=$([ "$precision" = Float32 ] && echo fp32 || echo bf16)
    for ((round = 1; round <= rounds; round++)); do
      a=$("$ours" train-step --layers "$layers" --hidden "$hidden" --dropout "$dropout" --precision "$precision" --steps "$steps" | tee >(cat >&2) | median)
      b=$("${PYTHON:-python3}" torch_step.py "$layers" "$hidden" "$short" "$steps" "$dropout" | tee >(cat >&2) | median)
      awk -v a="$a" -v b="$b" -v what="${layers}x$hidden dropout $dropout $precision" 'BEGIN { printf "%s: ours %.0f ms, PyTorch %.0f ms, ratio %.2f\n", what, a, b, b / a }'
    done
  done
done
