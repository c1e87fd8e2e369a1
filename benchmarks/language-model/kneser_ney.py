"""Perplexity of an interpolated modified Kneser-Ney n-gram model (Chen and Goodman 1998), for comparison with neural language models on the same words.
usage: kneser_ney.py ORDER TRAIN TEST     one text a line, words between spaces; words of TEST that TRAIN lacks must have been replaced before
Prints the perplexity over all words and line ends. Check: the probabilities of all words after some contexts sum to 1."""
import math
import sys
from collections import Counter, defaultdict

order = int(sys.argv[1])


def ngrams(words, n):
    padded = ["<s>"] * (n - 1) + words + ["</s>"]
    return (tuple(padded[i:i + n]) for i in range(len(padded) - n + 1))


lines = [line.split() for line in open(sys.argv[2], encoding="utf-8") if line.split()]
counts = [None] * (order + 1)
counts[order] = Counter(g for line in lines for g in ngrams(line, order))
for n in range(order - 1, 0, -1):   # continuation counts: how many different words stand before
    counts[n] = Counter(g[1:] for g in counts[n + 1])

discounts, totals, kinds = [None] * (order + 1), [None] * (order + 1), [None] * (order + 1)
for n in range(1, order + 1):
    of = Counter(min(c, 5) for c in counts[n].values())
    y = of[1] / (of[1] + 2 * of[2]) if of[1] else 0.5
    discounts[n] = [0] + [k - (k + 1) * y * of[k + 1] / of[k] if of[k] else 0.5 for k in (1, 2, 3)]
    totals[n], kinds[n] = defaultdict(int), defaultdict(lambda: [0, 0, 0, 0])
    for g, c in counts[n].items():
        totals[n][g[:-1]] += c
        kinds[n][g[:-1]][min(c, 3)] += 1
vocabulary = len(counts[1])


def probability(gram):
    n = len(gram)
    if n == 0:
        return 1 / vocabulary
    context = gram[:-1]
    lower = probability(gram[1:])
    total = totals[n].get(context, 0)
    if total == 0:
        return lower
    c = counts[n].get(gram, 0)
    seen = kinds[n][context]
    mass = sum(discounts[n][k] * seen[k] for k in (1, 2, 3))
    return (max(c - discounts[n][min(c, 3)], 0) + mass * lower) / total


loss = words = 0
for line in open(sys.argv[3], encoding="utf-8"):
    line = line.split()
    if not line:
        continue
    for g in ngrams(line, order):
        loss -= math.log(probability(g))
        words += 1
for context in (("the",), ("of", "the"), ("<s>",) * (order - 1), ("in", "the", "first")):
    context = context[-(order - 1):] if order > 1 else ()
    total = sum(probability(context + word) for word in counts[1])
    assert abs(total - 1) < 1e-6, (context, total)
print(f"order {order}: perplexity {math.exp(loss / words):.2f} over {words} words, vocabulary {vocabulary}")
